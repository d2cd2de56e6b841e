"""Reading from a standby what the primary would answer.

A standby is behind, by a moment or by hours. So the primary is asked first how far its log is written, and
the standby answers once it has replayed that: whatever was acknowledged before a question is in its answer.
One that is too far behind, away or promoted is let alone for a while, and the primary answers.

Why: decision 780.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role

POLL_S = 0.005
REST_S = 5.0
log = structlog.stdlib.get_logger(__name__)


@dataclass
class StandbyRest:
    """The time until which a standby that did not keep up is let alone. Shared by all who ask it."""

    until_s: float = 0.0

    @property
    def is_on(self) -> bool:
        return time.monotonic() < self.until_s

    def begin(self, reason: str) -> None:
        """Let it alone from now on."""
        if not self.is_on:
            log.warning("the primary answers in the standby's place", reason=reason)
        self.until_s = time.monotonic() + REST_S


def look_at_standby(database_url: str, standby_url: str) -> Mapping[str, Any]:
    """How it stands to the primary now: `follows`, `has_it`, `behind_bytes`.

    Raises:
        psycopg.OperationalError: one of them does not answer.
    """
    position = _position(database_url)
    with open_connection(standby_url, Role.METRICS) as standby:
        (state,) = standby.execute(query("standby.state"), position).fetchall()
    return state


def url_to_read(database_url: str, standby_url: str | None, wait_s: float) -> str:
    """The standby's URL if it holds in time all that the primary holds now; else the primary's.

    Raises:
        psycopg.OperationalError: the primary does not answer.
    """
    if standby_url is None:
        return database_url
    position = _position(database_url)
    if position["has_archive"]:
        return database_url
    try:
        has_it = _replays(standby_url, position, wait_s)
    except psycopg.Error:
        has_it = False
    return standby_url if has_it else database_url


def _position(database_url: str) -> Mapping[str, Any]:
    with open_connection(database_url, Role.METRICS) as primary:
        (position,) = primary.execute(query("standby.position")).fetchall()
    return position


def _replays(standby_url: str, position: Mapping[str, Any], wait_s: float) -> bool:
    deadline_s = time.monotonic() + wait_s
    with open_connection(standby_url, Role.METRICS) as standby:
        standby.autocommit = True
        while True:
            (state,) = standby.execute(query("standby.state"), position).fetchall()
            if not state["follows"] or state["has_it"] or time.monotonic() > deadline_s:
                return state["follows"] and state["has_it"]
            time.sleep(POLL_S)
