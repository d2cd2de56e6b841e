"""Moves of runs and capture sessions to another status, and the reasons that histories keep."""

from collections.abc import Mapping
from typing import Any

from barograph_client.analysis.problems import ApiBusy, ApiUnavailable, StateConflict
from barograph_client.analysis.transport.transport import ApiTransport

MAX_REASON = 1000


def move_to(api: ApiTransport, path: str, status: str, reason: str | None) -> Mapping[str, Any]:
    """The item in its new status. One that was there already, as after a lost answer, is as good.

    Raises:
        StateConflict: there is no such move.
    """
    changes = {"status": status} if reason is None else {"status": status, "reason": reason}
    try:
        return api.patch(path, changes)
    except (StateConflict, ApiUnavailable, ApiBusy):
        item = api.get(path)
        if item["status"] != status:
            raise
        return item


def reason_of(error: BaseException | None) -> str | None:
    """The reason that a history gives for a block that ended so; None if it ended well."""
    if error is None or (isinstance(error, SystemExit) and error.code in {0, None}):
        return None
    if isinstance(error, KeyboardInterrupt):
        return "stopped by hand (KeyboardInterrupt)"
    text = str(error)
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return said if len(said) <= MAX_REASON else said[: MAX_REASON - 1] + "…"
