# syntax=docker/dockerfile:1
# The server without TensorFlow: what trains stays outside. See docs/deploy.md; linted, and not built where it was written.

FROM python:3.13-slim-trixie AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY menagerie menagerie
COPY recognizer recognizer
COPY training training
COPY webui webui
COPY models models
COPY requirements.txt ./
# The versions that the tests ran with, and no others. The extras for PostgreSQL and OpenTelemetry are small.
RUN python -m venv /opt/menagerie \
    && /opt/menagerie/bin/pip install --no-cache-dir --constraint requirements.txt ".[otel,postgres]" \
    && /opt/menagerie/bin/python -m compileall -q /opt/menagerie/lib

FROM python:3.13-slim-trixie
# pg_dump and pg_restore, for backup and restore.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client=17+* \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 menagerie \
    && useradd --uid 10001 --gid menagerie --no-create-home --home-dir /data menagerie \
    && install --directory --owner=menagerie --group=menagerie /data
COPY --from=build /opt/menagerie /opt/menagerie
ENV PATH=/opt/menagerie/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MENAGERIE_HOST=0.0.0.0 \
    MENAGERIE_DATA=/data \
    MENAGERIE_MODELS=/data/models \
    XDG_CACHE_HOME=/data/cache
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ.get(\"PORT\", 8000)}/readyz', timeout=4)"]
ENTRYPOINT ["menagerie"]
CMD ["serve"]
