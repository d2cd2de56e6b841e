"""Structured logs: one JSON object a line on standard output, with the request's id and no secrets.

    our events ──────────────────────────▶ processors ─▶ renderer ─▶ standard output
    records of libraries, as of logging ─▶ a formatter of the same processors ─▶ standard output

Our own go around `logging`, which takes twice as long as all the rest of a line.
"""

import logging
import sys
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

import structlog

from barograph.settings import Settings, unknown_settings

# Anything logged under such a name is a mistake that must not reach a file.
SECRET_WORDS = (
    "token",
    "password",
    "secret",
    "authorization",
    "cookie",
    "signing_key",
    "database_url",
    "redis_url",
    "broker_url",
)
SOCKET_LOG = "uvicorn.error.sockets"
POOL_LOG = "psycopg.pool"
BROKER_LOG = "pika"
_LEVELS = logging.getLevelNamesMapping()


def configure_logging(settings: Settings, program: str) -> None:
    """Sends our events and the standard library's records through the same processors to standard output."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    is_json = settings.log_format == "json"
    renderer = structlog.processors.JSONRenderer() if is_json else structlog.dev.ConsoleRenderer()
    level = _LEVELS[settings.log_level.upper()]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_named_writer,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    _quieten_libraries()
    structlog.contextvars.bind_contextvars(program=program)
    for sentence in unknown_settings():
        structlog.stdlib.get_logger(__name__).warning(sentence)


def _quieten_libraries() -> None:
    for name in ("uvicorn.error", SOCKET_LOG):
        logging.getLogger(name).addFilter(is_no_false_alarm)
    # At `info` it names the address of each WebSocket, with whatever its query holds.
    logging.getLogger(SOCKET_LOG).setLevel(logging.WARNING)
    # At `info` it says three lines of each connection that a request takes, which cost more than a statement.
    logging.getLogger(POOL_LOG).setLevel(logging.WARNING)
    # At `error` it says eight lines of each attempt at a broker that is away; the loop that tries says one.
    logging.getLogger(BROKER_LOG).setLevel(logging.CRITICAL)


class NamedWriter(structlog.WriteLogger):
    """Standard output, and the name of whoever writes."""

    def __init__(self, name: str | None) -> None:
        super().__init__(sys.stdout)
        self.name = name


def _named_writer(name: str | None = None) -> NamedWriter:
    return NamedWriter(name)


def is_no_false_alarm(record: logging.LogRecord) -> bool:
    """Whether a record of uvicorn's is to be kept.

    It says this at level error of each WebSocket that is refused with an HTTP answer (seen in 0.54): bad
    tokens would flood the log.
    """
    return record.msg != "ASGI callable returned without completing handshake."


def hide_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replaces the values of keys that name a secret."""
    for key in event:
        if _names_a_secret(key):
            event[key] = "[hidden]"
    return event


@lru_cache(1000)
def _names_a_secret(key: str) -> bool:
    return any(word in key.lower() for word in SECRET_WORDS)
