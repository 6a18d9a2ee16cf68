# The service in a container: no root, no build tools, packages pinned with their hashes.
# `docker compose up -d` builds and runs it; docs/operations.md says how to live with it.
FROM python:3.13-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/diembao
COPY constraints.txt .
RUN /opt/diembao/bin/pip install --require-hashes -r constraints.txt
COPY pyproject.toml README.md LICENSE ./
COPY analysis analysis
COPY crawler crawler
COPY digest digest
COPY newsroom newsroom
COPY scheduler scheduler
COPY storage storage
COPY web web
RUN /opt/diembao/bin/pip install --no-deps --no-build-isolation .

FROM python:3.13-slim-trixie
ENV PATH=/opt/diembao/bin:$PATH PYTHONUNBUFFERED=1 DIEMBAO_SETTINGS=/srv/diembao/settings.toml
RUN useradd --system --uid 10001 --home-dir /srv/diembao --shell /usr/sbin/nologin diembao \
    && install -d -o diembao -g diembao /srv/diembao /srv/diembao/data
COPY --from=build /opt/diembao /opt/diembao
COPY settings.toml /srv/diembao/settings.toml
WORKDIR /srv/diembao
USER 10001
VOLUME /srv/diembao/data
# Where [web] port is another one, set DIEMBAO_HEALTH too.
ENV DIEMBAO_HEALTH=http://127.0.0.1:8321/healthz
HEALTHCHECK --interval=30s --timeout=5s --start-period=2m --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(os.environ['DIEMBAO_HEALTH'], timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["diembao"]
CMD ["run"]
