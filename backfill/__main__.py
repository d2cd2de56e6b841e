"""`python -m backfill`: works until SIGTERM, then finishes the jobs at hand."""

import sys

import structlog

from backfill.app import create_app
from barograph.database.pooler import UnfitPooler, refuse_pooler
from barograph.program.http.server import Server, configure, listen
from barograph.program.log import configure_logging
from barograph.program.memory import keep_freed_memory
from barograph.program.tracing import TracingNotInstalled, start_tracing
from barograph.settings import Settings

# Jobs at hand may take this long after SIGTERM.
SHUTDOWN_S = 15
log = structlog.stdlib.get_logger(__name__)


def main() -> int:
    """Runs the program."""
    keep_freed_memory()
    settings = Settings()  # pyright: ignore[reportCallIssue]  # from the environment
    configure_logging(settings, "worker")
    broker_url = settings.broker_url or settings.redis_url
    if settings.database_url is None or broker_url is None:
        log.error("BAROGRAPH_DATABASE_URL, and BAROGRAPH_BROKER_URL or BAROGRAPH_REDIS_URL, must be set")
        return 2
    try:
        refuse_pooler(settings.database_url)
        start_tracing(settings, "worker")
    except (UnfitPooler, TracingNotInstalled) as error:
        log.critical(error.detail)
        return 2
    app = create_app(settings, settings.database_url, broker_url)
    config = configure(app, settings, shutdown_s=SHUTDOWN_S)
    Server(config).run([listen(settings.host, settings.worker_port)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
