# One image for every program; what runs in a container is its command. See compose.yaml.
FROM node:24-bookworm-slim AS portal
WORKDIR /portal
COPY portal/package.json portal/package-lock.json portal/.npmrc ./
RUN npm ci --omit=dev --ignore-scripts
COPY portal ./
RUN node node_modules/vite/bin/vite.js build

FROM python:3.11-slim-bookworm AS programs

ENV PYTHONPATH=/app:/app/client PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

WORKDIR /app
COPY requirements.txt ./
# The lock file names every package; pyproject.toml says why pip must not look for others.
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r requirements.txt

COPY sql sql
COPY docs/asyncapi.yaml docs/asyncapi-events.yaml docs/asyncapi-live.yaml docs/
COPY barograph barograph
COPY conversion conversion
COPY events events
COPY api api
COPY backfill backfill
COPY client client
COPY ingest ingest
COPY tools tools
COPY --from=portal /portal/dist portal/dist

# The user that programs run as can't keep what they compile.
RUN python -m compileall -q -j 0 api backfill barograph client conversion events ingest tools

RUN useradd --system --uid 10001 --no-create-home barograph && install -d -o barograph -m 700 /data /state
USER barograph
CMD ["python", "-m", "api"]

# What keeps backups runs PostgreSQL's own programs, which set-up fetches from Debian as it does for `make up`.
FROM programs AS backup
USER root
RUN python -c "from barograph.local.set_up import fetch_servers; fetch_servers()" \
    && install -d -o barograph -m 700 /backups /restored
USER barograph
CMD ["python", "-m", "barograph", "backup", "keep"]

FROM programs
