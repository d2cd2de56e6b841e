"""The filters of each list. One that a list doesn't have is refused before the API is asked."""

from collections.abc import Mapping
from difflib import get_close_matches

_OF_BOTH = frozenset(
    (
        *("status", "tag", "q", "git_sha", "created_by", "sensor", "profile", "sort"),
        *("created_from", "created_to", "started_from", "started_to"),
    )
)
FILTERS: Mapping[str, frozenset[str]] = {
    "experiments": _OF_BOTH,
    "runs": _OF_BOTH | {"experiment", "measure"},
    "capture sessions": frozenset(("status", "from", "to", "sensor")),
    "capture sessions of a run": frozenset(("status",)),
    "sensors": frozenset(
        ("status", "connection", "kind", "unit", "key", "tag", "q", "run", "include", "sort")
    ),
    "sensors of a run": frozenset(),
    "artifacts": frozenset(("kind", "name", "q", "status", "approved", "latest")),
}


def check_filters(asked: Mapping[str, object], what: str) -> None:
    """Comes back if the list has all filters that are given.

    Raises:
        TypeError: it has not; names those that there are.
    """
    known = FILTERS[what]
    for name, value in asked.items():
        if value is None or name in known:
            continue
        near = get_close_matches(name, known, 1, cutoff=0.5)
        hint = f"; do you mean {near[0]}?" if near else ""
        there = f"there are {', '.join(sorted(known))}" if known else "there are none"
        raise TypeError(f"{what} can't be filtered by {name}: {there}{hint}")
