"""A look into a spool's folder from outside, also while another process writes to it. Changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from barograph_client.framing.frames import Frame, decode
from barograph_client.spool.failures import SpoolFailed
from barograph_client.spool.notes import ACKED, GivenUp, SpoolNotes, decode_acked, read_channels
from barograph_client.spool.numbering import FrameNumbering
from barograph_client.spool.records import HEAD, SpoolRecord
from barograph_client.spool.segments import SpoolSegment, first_index_of, segment_paths


@dataclass(frozen=True)
class SpoolDamage:
    """Where a segment can't be read any further.

    Attributes:
        is_torn: it is the newest segment, whose last record was not written to its end, or is just written.
        lost_frames: how many frames follow in it, as far as that can be told.
    """

    path: Path
    at_byte: int
    is_torn: bool
    lost_frames: int | None

    def __str__(self) -> str:
        if self.is_torn:
            return f"{self.path}: ends within a record, at byte {self.at_byte}; the next writer cuts that off"
        frames = "" if self.lost_frames is None else f"; {self.lost_frames} frames are lost"
        return f"{self.path}: damaged at byte {self.at_byte}{frames}"


@dataclass(frozen=True)
class SpoolReport:
    """The content of a spool.

    Attributes:
        frames, readings: all that are there; of these, `waiting_frames` and `waiting_readings` have no ack.
        first_seq, last_seq: of those that wait; None if there are none, or they have no numbers yet.
    """

    producer: str
    sensors: int
    segments: int
    size_bytes: int
    frames: int
    readings: int
    waiting_frames: int
    waiting_readings: int
    oldest_waiting_at: datetime | None
    first_seq: int | None
    last_seq: int | None
    given_up: GivenUp
    damage: tuple[SpoolDamage, ...]


class SpoolFolder:
    """A folder that holds a spool.

    Raises:
        SpoolFailed: it holds none.
    """

    def __init__(self, folder: Path) -> None:
        notes = SpoolNotes.read(folder)
        if notes is None:
            raise SpoolFailed(f"{folder} holds no spool")
        self.notes, self.channels = notes, read_channels(folder)
        self._paths = segment_paths(folder)
        acked = folder / ACKED
        self.settled_index = decode_acked(acked.read_bytes()) if acked.exists() else 0

    def records(self, *, is_settled_too: bool) -> Iterator[SpoolRecord]:
        """All that can be read, oldest first."""
        for path in self._paths:
            for record in _segment(path).records():
                if is_settled_too or record.index > self.settled_index:
                    yield record

    def frames(self, *, is_settled_too: bool) -> Iterator[Frame]:
        """The same, with their index as seq."""
        return (decode(record.message) for record in self.records(is_settled_too=is_settled_too))

    def damage(self) -> Iterator[SpoolDamage]:
        """Read every byte."""
        for place, path in enumerate(self._paths):
            following = self._paths[place + 1 : place + 2]
            extent, last_index = _extent(path)
            wanted = first_index_of(following[0]) - 1 if following else None
            is_short = wanted is not None and last_index < wanted
            if extent < path.stat().st_size or is_short:
                lost = None if wanted is None else wanted - last_index
                yield SpoolDamage(path, extent, not following, lost)

    def report(self) -> SpoolReport:
        """Everything at a glance; reads every byte."""
        frames = readings = waiting = waiting_readings = 0
        first: SpoolRecord | None = None
        last_index = self.settled_index
        for record in self.records(is_settled_too=True):
            frames, readings = frames + 1, readings + record.readings
            if record.index > self.settled_index:
                first = first or record
                waiting, waiting_readings = waiting + 1, waiting_readings + record.readings
                last_index = record.index
        return SpoolReport(
            self.notes.producer,
            len(self.channels),
            len(self._paths),
            sum(path.stat().st_size for path in self._paths),
            frames,
            readings,
            waiting,
            waiting_readings,
            datetime.fromtimestamp(first.at_us / 1e6, UTC) if first else None,
            _seq(self.notes.numbering, first.index) if first else None,
            _seq(self.notes.numbering, last_index) if first else None,
            self.notes.given_up,
            tuple(self.damage()),
        )


def _segment(path: Path) -> SpoolSegment:
    return SpoolSegment(path, first_index_of(path) - 1, path.stat().st_size, 0.0)


def _extent(path: Path) -> tuple[int, int]:
    size_bytes, last_index = HEAD.size, first_index_of(path) - 1
    for record in _segment(path).records():
        size_bytes, last_index = size_bytes + record.size_bytes, record.index
    return min(size_bytes, path.stat().st_size), last_index


def _seq(numbering: FrameNumbering, index: int) -> int | None:
    return numbering.seq(index) if numbering.is_known else None
