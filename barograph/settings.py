"""Settings of every program, read once from the environment or `.env` and handed down.

Each field is the environment variable of the same name in capitals behind `BAROGRAPH_`
(`database_url` is `BAROGRAPH_DATABASE_URL`). `.env.example` lists them all.
"""

import os
from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

from barograph.similar import nearest

PROJECT = Path(__file__).resolve().parents[1]
PREFIX = "BAROGRAPH_"
# What a sandbox starts reads no file: files say how to reach an installation that is somebody's.
WITHOUT_FILES = "BAROGRAPH_WITHOUT_ENV_FILES"
# The project's own, then that of the folder where a command is called, which wins.
ENV_FILES = () if WITHOUT_FILES in os.environ else (PROJECT / ".env", Path(".env"))
# Variables that are read by others than programs: set-up, compose.yaml, the demo rig, tests.
NO_SETTINGS = {
    "BAROGRAPH_DEBIAN_MIRROR",
    "BAROGRAPH_DATABASE_PASSWORD",
    "BAROGRAPH_DATABASE_VOLUME",
    "BAROGRAPH_BACKUP_FOLDER",
    "BAROGRAPH_SITE",
    "BAROGRAPH_OUTER_PROXIES",
    "BAROGRAPH_INGEST_REPLICAS",
    "BAROGRAPH_API_REPLICAS",
    "BAROGRAPH_WORKER_REPLICAS",
    "BAROGRAPH_INGEST_URL",
    WITHOUT_FILES,
}
OF_TESTS = "BAROGRAPH_TEST_"


def _are_networks(text: str) -> str:
    for each in text.split(","):
        ip_network(each.strip() or "::")
    return text


Networks = Annotated[str, AfterValidator(_are_networks)]
"""Networks with commas between them."""


def _anchored(place: str) -> str:
    return place if place.startswith("s3://") else str(PROJECT / place)


OurPlace = Annotated[str, AfterValidator(_anchored)]
"""A bucket, as s3://bucket/prefix, or a folder, as above."""
OurFolder = Annotated[Path, AfterValidator(lambda folder: PROJECT / folder)]
"""A folder; a relative one lies in the project's, wherever a command is called."""


class Settings(BaseSettings):
    """Frozen; built in each program's `__main__` and passed to what needs it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILES, env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: str | None = Field(default=None, description="PostgreSQL with TimescaleDB; unset: embedded")
    ingest_database_password: SecretStr | None = Field(
        default=None,
        description="Of the database role barograph_ingest, for `migrate` and `up`; unset: `up` makes one",
    )
    api_database_password: SecretStr | None = Field(default=None, description="Of the role barograph_api")
    worker_database_password: SecretStr | None = Field(
        default=None, description="Of the role barograph_worker"
    )
    standby_url: str | None = Field(
        default=None,
        description="Standby of the database, as the program's own role; it answers questions about readings "
        "once it holds all that was committed before them, and its exports are of that moment",
    )
    standby_wait_s: float = Field(
        default=0.5,
        gt=0,
        description="How long a question waits for the standby; then the database answers",
    )
    redis_url: str | None = Field(default=None, description="Redis; unset: embedded")
    broker_url: str | None = Field(
        default=None,
        description="What carries jobs: RabbitMQ (amqp://, amqps://) or a Redis; unset: the Redis above",
    )
    data_dir: OurFolder = Field(
        default=Path(".data"), description="Where embedded services keep data, logs and keys"
    )
    services_dir: OurFolder = Field(
        default=Path(".services"), description="Where unpacked PostgreSQL and Redis are kept"
    )
    portal_dist: OurFolder = Field(
        default=Path("portal/dist"), description="Where the portal's build lies; `make portal` makes one"
    )

    host: str = Field(default="127.0.0.1", description="Address that every program listens on")
    api_port: int = Field(default=8000, ge=0, le=65535, description="Port of the API and the portal")
    ingest_port: int = Field(default=8001, ge=0, le=65535, description="Port gateways send to")
    worker_port: int = Field(
        default=8002, ge=0, le=65535, description="Port of the worker's health and metrics"
    )

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level logged"
    )
    log_format: Literal["json", "console"] = Field(
        default="json", description="One JSON object a line, or for eyes"
    )

    otlp_url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="Collector of traces that takes OTLP over HTTP, http://127.0.0.1:4318; unset: no traces",
    )
    trace_share: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Share of requests and jobs that are traced, if no caller decides",
    )
    trace_frame_share: float = Field(
        default=0.001, ge=0, le=1, description="Share of frames that are traced from their arrival to the ack"
    )

    environment: Literal["development", "production"] = Field(
        default="development", description="In production the API refuses to start with a weak signing key"
    )
    signing_key: SecretStr | None = Field(
        default=None, description="Signs access tokens, 32 bytes or more; unset: kept in the data directory"
    )
    audit_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Signs the audit trail, 32 bytes or more; unset: kept in the data directory",
    )
    webhook_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Seals the secrets of webhooks, 32 bytes or more, the same for API and worker; "
        "unset: kept in the data directory",
    )
    webhook_networks: Networks = Field(
        default="",
        description="Networks that messages of webhooks may go to beside the internet, with commas: "
        "10.1.0.0/16",
    )
    webhook_first_pause_s: float = Field(
        default=5,
        gt=0,
        le=3600,
        description="Pause after the first failure of a webhook's message, seconds; later ones are longer",
    )
    event_stream_length: int = Field(
        default=10_000, ge=100, description="Events that a project's stream in Redis keeps, about"
    )
    event_broker_url: str | None = Field(
        default=None,
        description="A broker that is told of all events beside Redis: RabbitMQ (amqp://, amqps://) or Kafka "
        "(kafka://host:9092/topic)",
    )
    former_signing_key: SecretStr | None = Field(
        default=None, description="The signing key before, whose access tokens still count"
    )
    access_token_s: int = Field(default=900, ge=10, description="Life of an access token, seconds")
    login_s: int = Field(
        default=30 * 86400, ge=60, description="How long a log-in can be refreshed at most, seconds"
    )
    refresh_token_s: int = Field(default=30 * 86400, ge=60, description="Life of a refresh token, seconds")
    browser_session_s: int = Field(default=7 * 86400, ge=60, description="Life of a browser session, seconds")
    registration: Literal["open", "invited"] = Field(
        default="open", description="Who may register: anybody, or those with an invitation"
    )
    second_factor: Literal["optional", "admins", "everybody"] = Field(
        default="optional", description="Who must log in with a second factor"
    )
    public_url: str | None = Field(
        default=None, description="Where people reach the portal, for links; unset: the API's own address"
    )
    public_ingest_url: str | None = Field(
        default=None,
        description="Where gateways reach ingest, as the portal tells it; unset: beside the API, "
        "or behind the same proxy",
    )
    cors_origins: str = Field(
        default="",
        # Each by name: what may call with people's cookies is never "anybody".
        pattern=r"^(\s*https?://[^\s*,/]+/?\s*(,|$))*$",
        description="Other sites whose pages may call the API, with commas: https://a.example.org",
    )
    trusted_proxies: str = Field(
        default="", description="Addresses or networks of proxies whose X-Forwarded-For counts, with commas"
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="Mail server, smtp://user:password@host:587 or smtps://; unset: no mail is sent",
    )
    mail_from: str = Field(default="Barograph <barograph@localhost>", description="Sender of mail")
    admin_email: str = Field(default="admin@barograph.local", description="The first admin's log-in")
    admin_password: SecretStr | None = Field(
        default=None, description="The first admin's password; unset: generated"
    )
    database_pool_size: int = Field(
        default=8, ge=2, description="Connections a program keeps to the database"
    )
    requests_per_s_of_address: int = Field(
        default=2000,
        ge=0,
        description="Requests that an API process takes from an address, in a second; ten times as many at "
        "once; 0: any number",
    )
    requests_per_s_of_login: int = Field(
        default=1000,
        ge=0,
        description="The same of a log-in: a session, an access token or a service account",
    )
    questions_at_once: int = Field(
        default=4,
        ge=1,
        le=64,
        description="Questions about readings that a process answers at once, each with a thread and a "
        "connection",
    )
    question_s: int = Field(
        default=60, ge=1, description="Longest time that a question about readings may take, seconds"
    )
    question_wait_s: float = Field(
        default=20, ge=0.1, description="Longest time that a question waits for its turn, seconds"
    )
    question_memory_bytes: int = Field(
        default=2**30, ge=2**26, description="Memory for all questions that a process answers at once, bytes"
    )

    exports_at_once: int = Field(
        default=4,
        ge=1,
        le=64,
        description="Exports that a process of the API sends while it makes them, at once, each with a "
        "thread and a connection",
    )
    export_stream_rows: int = Field(
        default=50_000_000,
        ge=0,
        description="Readings that are sent while they are read, at most; more take a job",
    )
    export_stream_s: int = Field(
        default=1800,
        ge=1,
        description="Longest time that such an export may take, seconds: it holds a snapshot",
    )
    export_stall_s: float = Field(
        default=60, gt=0, description="Longest time for which its client may take nothing, seconds"
    )
    export_jobs_at_once: int = Field(
        default=1, ge=1, le=32, description="Exports that a worker makes files of at once"
    )
    export_spare_bytes: int = Field(
        default=2**30,
        ge=0,
        description="What exports leave free on the disk, which may be the database's, bytes",
    )
    export_keep_days: int = Field(default=7, ge=1, description="How long the files of exports are kept, days")

    artifact_url: Annotated[str, Field(pattern="^s3://")] | None = Field(
        default=None,
        description="Where files of runs lie, as s3://bucket/prefix; unset: in the data directory",
    )
    artifact_direct: Literal["none", "uploads", "all"] = Field(
        default="uploads",
        description="What clients may send to that bucket, or fetch from it, by signed addresses",
    )
    artifact_public_endpoint: Annotated[str, Field(pattern="^https?://")] | None = Field(
        default=None,
        description="What clients reach the bucket's server by, where it is another address than ours",
    )
    artifact_max_bytes: int = Field(
        default=100 * 2**30, ge=1, description="Largest file that a run may hold, bytes"
    )
    artifact_project_bytes: int = Field(
        default=500 * 2**30, ge=1, description="Files that a project's runs may hold, bytes in all"
    )
    artifact_spare_bytes: int = Field(
        default=2**30, ge=0, description="What files of runs leave free on the disk, bytes"
    )

    backup_to: OurPlace | None = Field(
        default=None,
        description="Where `up` keeps backups, a folder or s3://bucket/prefix; unset: it makes none",
    )
    backup_every_h: float = Field(
        default=24, gt=0, description="A whole backup is made so often, hours; between them WAL is kept"
    )
    backup_keep: int = Field(default=7, ge=1, description="Whole backups that are kept, with WAL since them")
    backup_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Seals the data directory's keys beside backups, 32 bytes or more; unset: they lie "
        "open in a folder, and are not sent to a bucket",
    )

    live_max_streams: int = Field(
        default=4000, ge=1, description="Live streams that a process of the API holds open at most"
    )
    live_max_streams_of_account: int = Field(default=1000, ge=1, description="Those of one account, at most")

    api_url: str | None = Field(default=None, description="The API that commands use; unset: the one here")
    token: SecretStr | None = Field(default=None, description="A token that commands use the API with")
    email: str | None = Field(default=None, description="Whom commands log in as; unset: the first admin")
    password: SecretStr | None = Field(default=None, description="The password commands log in with")

    import_max_bytes: int = Field(
        default=4 * 2**30, ge=2**20, description="Largest file that can be imported, bytes"
    )

    parsers: int = Field(
        default=4,
        ge=1,
        le=64,
        description="Processes in which a program reads what strangers send; half of them for one project",
    )
    parser_cpu_s: int = Field(
        default=10, ge=1, description="Processor time that a parser may take for one body or file, seconds"
    )
    parser_memory_bytes: int = Field(
        default=512 * 2**20, ge=64 * 2**20, description="Memory that a parser may take, bytes"
    )
    import_project_bytes: int = Field(
        default=16 * 2**30,
        ge=2**20,
        description="Files that a project may keep here at once for imports, bytes in all",
    )
    imports_at_once: int = Field(
        default=2, ge=1, le=32, description="Files that a worker reads in at once; projects take turns"
    )

    import_undo_days: int = Field(
        default=30,
        ge=1,
        description="How long after its end an import can be undone, days; the record takes less than a "
        "tenth of its readings' room",
    )

    ingest_committers: int = Field(
        default=2, ge=1, le=32, description="Transactions that ingest commits at once"
    )
    ingest_batch_readings: int = Field(default=50_000, ge=1, description="Most readings in one transaction")
    ingest_linger_ms: int = Field(
        default=10, ge=0, le=1000, description="Time a commit waits for company, ms"
    )
    ingest_queue_bytes: int = Field(
        default=64 * 2**20, ge=2**20, description="Frames waiting for commit, bytes"
    )
    ingest_max_frame_bytes: int = Field(default=2**20, ge=1024, description="Largest WebSocket frame, bytes")
    ingest_max_frame_readings: int = Field(default=20_000, ge=1, description="Most readings in one frame")
    ingest_max_body_bytes: int = Field(default=4 * 2**20, ge=1024, description="Largest REST body, bytes")
    ingest_window: int = Field(default=64, ge=1, description="Most unacknowledged frames of a producer")
    ingest_max_sockets: int = Field(default=1000, ge=1, description="Most WebSocket connections of a process")
    ingest_max_project_sockets: int = Field(
        default=750, ge=1, description="Most WebSocket connections of a project to a process"
    )
    ingest_max_token_sockets: int = Field(
        default=500, ge=1, description="Most WebSocket connections of an ingest token to a process"
    )

    mqtt_config: Path | None = Field(
        default=None,
        description="The MQTT bridge's file of settings, in TOML; docs/mqtt.md says what it holds",
    )
    mqtt_token: SecretStr | None = Field(
        default=None, description="The ingest token that the MQTT bridge sends with; unset: as its file says"
    )
    mqtt_password: SecretStr | None = Field(
        default=None, description="The MQTT bridge's password at its broker; unset: as its file says"
    )
    mqtt_port: int = Field(
        default=8003, ge=0, le=65535, description="Port of the MQTT bridge's health and metrics"
    )

    recalibration_window_readings: int = Field(
        default=250_000,
        ge=1000,
        le=1_000_000,
        description="Readings that a backfill rewrites in one transaction, about; each takes some 300 bytes",
    )
    capture_session_idle_s: int = Field(
        default=86_400,
        ge=0,
        description="Silence of all its sensors after which a capture session has failed, seconds; 0: never",
    )
    columnstore_after_days: int = Field(
        default=7,
        ge=0,
        description="Age at which chunks of readings are put in order in the columnstore, which the "
        "Community edition of TimescaleDB has, days; 0: never",
    )
    archive_after_days: int | None = Field(
        default=None,
        ge=1,
        description="Days after which readings leave the database for files of Parquet, unless a project "
        "says otherwise; unset: never",
    )
    archive_url: Annotated[str, Field(pattern="^s3://")] | None = Field(
        default=None, description="Where these files lie, as s3://bucket/prefix; unset: in the data directory"
    )
    archive_keep_replaced_days: int = Field(
        default=14,
        ge=1,
        description="How long files are kept whose readings are rows again, or are kept no longer, for "
        "backups that name them, days",
    )
    audit_keep_days: int = Field(
        default=730, ge=0, description="How long the audit trail is kept, days; 0: for ever"
    )
    event_keep_days: int = Field(
        default=90, ge=0, description="How long events of projects are kept, days; 0: for ever"
    )


def unknown_settings() -> list[str]:
    """A sentence for each variable in the environment or an `.env` that looks like a setting and is none."""
    said = dict.fromkeys(name.upper() for name in (*os.environ, *_names_in_files()))
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unknown = [name for name in said if name.startswith(PREFIX) and name not in known | NO_SETTINGS]
    return [_named(name) for name in unknown if not name.startswith(OF_TESTS)]


def _names_in_files() -> Iterable[str]:
    return DotEnvSettingsSource(Settings, env_file=ENV_FILES).env_vars


def _named(name: str) -> str:
    known = [field.upper() for field in Settings.model_fields]
    near = nearest(name.removeprefix(PREFIX), known)
    return f"{name} is no setting" + (
        f"; did you mean {PREFIX}{near[0]}?" if near else ": .env.example lists all."
    )
