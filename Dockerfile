# The service and nothing to build with. It needs a PostgreSQL of 15 or later in DATABASE_URL.
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
COPY requirements/run.txt /requirements.txt
RUN python3 -m venv /service/.venv \
    && /service/.venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /requirements.txt

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Jumelage" \
      org.opencontainers.image.description="The system of record for city diplomacy, as one GraphQL API." \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/service/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOST=0.0.0.0 PORT=8000
COPY --from=build /service/.venv /service/.venv
WORKDIR /service
COPY alembic.ini ./
COPY alembic alembic
COPY schema schema
COPY service service
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["python3", "-c", \
    "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/graphql?query=%7BfeedCursor%7D', timeout=2)"]
ENTRYPOINT ["python3", "-m", "service"]
CMD ["serve"]
