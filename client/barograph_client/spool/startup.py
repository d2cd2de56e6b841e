"""What a spool finds in its folder when it is opened."""

import logging
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from barograph_client.spool.segments import (
    SpoolSegment,
    first_index_of,
    segment_path,
    segment_paths,
    whole_extent,
)

log = logging.getLogger(__name__)


def find_segments(folder: Path, clock_s: float, wall_s: float) -> list[SpoolSegment]:
    """Finds the folder's segments, oldest first; where it has none, one that is to come.

    Only the newest is read: the last writer may have died in it. The others end where the next ones begin.

    Args:
        clock_s, wall_s: now, by the spool's clock and by the wall's.
    """
    paths = segment_paths(folder) or [segment_path(folder, 1)]
    found = [
        _segment(path, first_index_of(following) - 1, clock_s - wall_s) for path, following in pairwise(paths)
    ]
    return [*found, _newest(paths[-1], clock_s - wall_s)]


def pick_channels(known: Sequence[str], asked: Sequence[str], *, is_empty: bool) -> list[str]:
    """The keys of a spool's channels: those that its frames were written with come first."""
    return list(dict.fromkeys(asked if is_empty else [*known, *asked]))


def _segment(path: Path, last_index: int, clock_ahead_s: float) -> SpoolSegment:
    status = path.stat()
    return SpoolSegment(path, last_index, status.st_size, _by_clock(status.st_mtime, clock_ahead_s))


def _newest(path: Path, clock_ahead_s: float) -> SpoolSegment:
    if not path.exists():
        return SpoolSegment(path, first_index_of(path) - 1, 0, 0.0)
    last_index, size_bytes, _ = whole_extent(path)
    status = path.stat()
    torn = status.st_size - size_bytes
    if torn and size_bytes:
        log.warning(
            "%s ends with %d bytes of a frame that was not written to its end; they are cut off", path, torn
        )
    return SpoolSegment(path, last_index, size_bytes, _by_clock(status.st_mtime, clock_ahead_s))


def _by_clock(written_wall_s: float, clock_ahead_s: float) -> float:
    """The time of writing by the spool's clock."""
    return written_wall_s + clock_ahead_s
