"""What is proven outside the suite, because it needs root and programs of Debian's.

image       the container built and run where no container engine is: `make image-check`
building    base images, and the Dockerfile built with buildah
container   a built image run with runc, as an orchestrator would run it
postgres    a PostgreSQL that is reached over TCP, with a password
programs    programs of the machine, run and refused in one line
"""
