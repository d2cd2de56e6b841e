"""Lines of a program's log: ours, and those of libraries."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.programs import ROOT

_PROGRAM = """
import logging, sys, structlog
from barograph.program.log import configure_logging
from barograph.settings import Settings

configure_logging(Settings.model_validate({"log_level": sys.argv[1]}), "program")
log = structlog.stdlib.get_logger("ours")
with structlog.contextvars.bound_contextvars(request_id="r1"):
    log.debug("looked")
    log.info("took", ingest_token="a secret", ms=1.5)
    logging.getLogger("theirs").info("took %s", "it")
    logging.getLogger("psycopg.pool").info("connection requested")
    logging.getLogger("pika.adapters").error("TCP connection attempt failed")
    try:
        raise ValueError("no such thing")
    except ValueError as error:
        log.error("failed", exc_info=error)
        logging.getLogger("theirs").exception("failed, too")
"""


def lines(level: str) -> list[dict[str, Any]]:
    """What the program wrote."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, level], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_ours_and_those_of_libraries_are_alike_and_in_order() -> None:
    ours, theirs, failed, failed_too = lines("info")
    common = {"program": "program", "request_id": "r1", "level": "info"}
    assert common.items() <= ours.items()
    assert common.items() <= theirs.items()
    assert (ours["logger"], theirs["logger"]) == ("ours", "theirs")
    assert ours["timestamp"] <= theirs["timestamp"]
    for each in (failed, failed_too):
        assert each["level"] == "error"
        assert "ValueError: no such thing" in each["exception"]


def test_secrets_are_hidden() -> None:
    assert lines("info")[0]["ingest_token"] == "[hidden]"


@pytest.mark.parametrize(
    ("level", "events"),
    [
        ("debug", ["looked", "took", "took it", "failed", "failed, too"]),
        ("info", ["took", "took it", "failed", "failed, too"]),
        ("warning", ["failed", "failed, too"]),
    ],
)
def test_only_what_the_level_says_is_written(level: str, events: list[str]) -> None:
    """A pool's lines about each connection are written at no level, and none of the broker's client."""
    assert [line["event"] for line in lines(level)] == events
