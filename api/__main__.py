"""`python -m api`: serves the API until it is told to stop."""

import sys

import structlog

from api.app import create_app
from barograph.database.pooler import UnfitPooler, refuse_pooler
from barograph.identity.signing_keys import WeakKey
from barograph.program.log import configure_logging
from barograph.program.memory import keep_what_stays
from barograph.program.server import Server, configure, listen
from barograph.settings import Settings

# Answers under way may take this long after SIGTERM.
SHUTDOWN_S = 10
log = structlog.stdlib.get_logger(__name__)


def main() -> int:
    """Runs the program."""
    settings = Settings()  # pyright: ignore[reportCallIssue]  # from the environment
    configure_logging(settings, "api")
    if settings.database_url is None:
        log.error("BAROGRAPH_DATABASE_URL is not set")
        return 2
    try:
        refuse_pooler(settings.database_url)
        app = create_app(settings, settings.database_url)
    except (WeakKey, UnfitPooler) as error:
        log.critical(error.detail)
        return 2
    app.openapi()  # made once; the first to ask for it need not wait
    keep_what_stays()
    config = configure(app, settings, shutdown_s=SHUTDOWN_S)
    Server(config).run([listen(settings.host, settings.api_port)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
