# The service, its explorer, and nothing to build with. It needs a PostgreSQL of 15 or later in DATABASE_URL.
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm
ARG NODE_IMAGE=docker.io/library/node:22-bookworm-slim

FROM ${NODE_IMAGE} AS explorer
WORKDIR /explorer
COPY explorer/package.json explorer/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY explorer ./
RUN npm run build

FROM ${PYTHON_IMAGE} AS service
WORKDIR /service
COPY requirements/image.txt /requirements.txt
# The environment that is kept gets its packages from a pip outside of it.
RUN python3 -m venv /pip && python3 -m venv --without-pip .venv \
    && /pip/bin/pip --python .venv/bin/python3 install -q --no-cache-dir --disable-pip-version-check \
        --require-hashes -r /requirements.txt
COPY alembic.ini ./
COPY alembic alembic
COPY schema schema
COPY service service
# Nothing can be compiled later: the files are not the running user's.
RUN .venv/bin/python3 -m compileall -q --invalidation-mode unchecked-hash alembic schema service

FROM ${PYTHON_IMAGE}
# What the base image installs packages with.
RUN rm -rf /usr/local/bin/pip* /usr/local/lib/python3*/site-packages/pip* /usr/local/lib/python3*/ensurepip \
    /usr/lib/python3*/ensurepip /usr/share/python-wheels
COPY --from=service /service /service
COPY --from=explorer /explorer/build /service/explorer/build
WORKDIR /service
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOST=0.0.0.0 PORT=8000 JUMELAGE_LOG_FORMAT=json
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["/service/.venv/bin/python3", "-c", \
    "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health/live', timeout=2)"]
ENTRYPOINT ["/service/.venv/bin/python3", "-m", "service"]
CMD ["serve"]
ARG VERSION=0.1.0 REVISION=unknown
LABEL org.opencontainers.image.title="Jumelage" \
      org.opencontainers.image.description="The system of record for city diplomacy, as one GraphQL API." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION}
