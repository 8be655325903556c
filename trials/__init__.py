"""What is proven or measured outside the suite, because it needs root, programs of Debian's, or minutes.

image       the container built and run where no container engine is: `make image-check`
building    base images, and the Dockerfile built with buildah
container   a built image run with runc, as an orchestrator would run it
postgres    a PostgreSQL that is reached over TCP, with a password

cluster     failing over on a real cluster: `make test-cluster`
patroni     two servers under Patroni, and the ways in which they fail
fleet       replicas of the service behind HAProxy
traffic     writers and followers who never give up

decoding    what following costs the primary, by replicas and by logical decoding
programs    programs of the machine, run and refused in one line
"""
