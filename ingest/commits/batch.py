"""A batch: the columns of several frames laid end to end, and the verdict on each frame."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from barograph.alarms.arrivals import HISTORY
from barograph.catalog.catalog import Catalog
from barograph.catalog.joined_catalogs import JoinedCatalogs
from barograph.readings.preparing.prepare import UNKNOWN_CHANNEL, prepare
from barograph.readings.preparing.prepared import Prepared
from barograph.readings.rejects.dead_letters import RejectedReadings, RejectOrigin
from barograph.readings.rejects.odd_readings import OddReadings
from barograph.readings.rejects.reject_codes import RejectCode
from ingest.messages.fingerprint import hash_frames, stray_numbers, with_texts
from ingest.messages.frames import MAX_LISTED, Fate, Receipt, ReceivedFrame, Source


class SeenSensors(NamedTuple):
    """Sensors, once each, and the time of the latest reading of each.

    Attributes:
        public_ids: of all sensors of their catalog.
        slot: int32[n], where in it they stand.
        latest_us: int64[n].
    """

    public_ids: Sequence[str]
    slot: NDArray[np.int32]
    latest_us: NDArray[np.int64]


@dataclass(frozen=True)
class FrameBatch:
    """Frames of one project, or of several whose catalogs are joined, prepared against one version of each.

    Attributes:
        starts: int64[frames + 1], where each frame's readings begin in the columns of `prepared`.
        odd: readings that are not as they were sent.
        slot: int32[n], of each reading's sensor in the catalog, or UNKNOWN_SENSOR or UNKNOWN_CHANNEL.
    """

    catalog: Catalog
    frames: Sequence[ReceivedFrame]
    starts: NDArray[np.int64]
    channel: NDArray[np.int32]
    t_us: NDArray[np.int64]
    value: NDArray[np.float64]
    odd: OddReadings | None
    slot: NDArray[np.int32]
    prepared: Prepared

    def rejected(self) -> RejectedReadings:
        """The refused readings, for the dead letters."""
        rows = np.flatnonzero(self.prepared.code)
        frame = np.searchsorted(self.starts, rows, side="right") - 1
        odd = None if self.odd is None else self.odd.among(rows)
        origins, origin = self._origins(frame, self.channel[rows])
        return RejectedReadings(
            origins=origins,
            origin=origin,
            seq=np.array([f.seq for f in self.frames], np.int64)[frame],
            index=(rows - self.starts[frame]).astype(np.int32),
            t_us=self.t_us[rows],
            value=self.value[rows],
            code=self.prepared.code[rows],
            texts={} if odd is None else odd.by_row(),
        )

    def project_ids(self) -> set[int]:
        """The projects whose frames they are."""
        return {frame.source.project_id for frame in self.frames}

    def refused_project_ids(self) -> set[int]:
        """The projects with a refused reading."""
        frames = np.searchsorted(self.starts, np.flatnonzero(self.prepared.code), side="right") - 1
        numbers: list[int] = np.unique(frames).tolist()
        return {self.frames[number].source.project_id for number in numbers}

    def receipts(self) -> list[Receipt]:
        """One for each frame, as stored."""
        if not self.prepared.code.any():
            sizes = np.diff(self.starts).tolist()
            return [Receipt(f, Fate.STORED, n) for f, n in zip(self.frames, sizes, strict=True)]
        return [self._receipt(number) for number in range(len(self.frames))]

    def seen_sensors(self) -> SeenSensors:
        """The sensors that are alive: with an accepted reading that isn't history."""
        slot, t_us = self._live_readings()
        firsts = np.flatnonzero(np.diff(slot, prepend=-1))
        latest_us = np.maximum.reduceat(t_us, firsts) if firsts.size else t_us
        return SeenSensors(self.catalog.public_ids, slot[firsts], latest_us)

    def _live_readings(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Slots, ascending, and times of the accepted readings that aren't history."""
        if not any(frame.source.historical for frame in self.frames):
            return self.prepared.readings.slot, self.prepared.readings.t_us
        lengths = np.diff(self.starts).tolist()
        is_live = np.repeat([not frame.source.historical for frame in self.frames], lengths)
        rows = np.flatnonzero(is_live & (self.prepared.code == 0))
        slot = self.slot[rows]
        order = np.argsort(slot, kind="stable")
        return slot[order], self.t_us[rows][order]

    def _receipt(self, number: int) -> Receipt:
        code = self.prepared.code[self.starts[number] : self.starts[number + 1]]
        index = np.flatnonzero(code)
        listed = index[:MAX_LISTED]
        rejected = list(zip(listed.tolist(), code[listed].tolist(), strict=True))
        return Receipt(self.frames[number], Fate.STORED, code.size - index.size, rejected, index.size)

    def _origins(
        self, frame: NDArray[np.int64], channel: NDArray[np.int32]
    ) -> tuple[list[RejectOrigin], NDArray[np.int32]]:
        """The channels concerned, once for each source, and which of them each reading came by."""
        number = {id(each.source): i for i, each in enumerate(self.frames)}
        source = np.array([number[id(each.source)] for each in self.frames], np.int64)[frame]
        # A channel is 32 bits, of either sign.
        key = (source << 32) + channel.astype(np.int64) + 2**31
        keys, which = np.unique(key, return_inverse=True)
        return [
            self._origin(each >> 32, (each & 0xFFFFFFFF) - 2**31) for each in keys.tolist()
        ], which.astype(np.int32)

    def _origin(self, frame: int, channel: int) -> RejectOrigin:
        source = self.frames[frame].source
        if not 0 <= channel < len(source.references):
            return RejectOrigin(_row_id(source), f"channel {channel}", None)
        slot = int(source.slots(self.catalog)[channel])
        sensor_id = int(self.catalog.sensor_ids[slot]) if slot >= 0 else None
        return RejectOrigin(_row_id(source), source.references[channel], sensor_id)


def _row_id(source: Source) -> int:
    return 0 if source.producer_id is None else source.producer_id.row_id


def assemble(
    catalog: Catalog,
    frames: Sequence[ReceivedFrame],
    now_us: int,
    *,
    refuse_as: RejectCode | None = None,
) -> FrameBatch:
    """The same of one project, by this snapshot of its catalog."""
    return assemble_joined(JoinedCatalogs.of([catalog]), frames, now_us, refuse_as=refuse_as)


def assemble_joined(
    joined: JoinedCatalogs,
    frames: Sequence[ReceivedFrame],
    now_us: int,
    *,
    refuse_as: RejectCode | None = None,
) -> FrameBatch:
    """Lays the frames' columns side by side, names sensors by slot, and prepares the whole.

    Args:
        joined: the snapshots to go by.
        frames: of their projects, each producer's in the order of its sequence.
        now_us: the server's clock.
        refuse_as: reject for this reason what would be accepted.
    """
    catalog = joined.catalog
    lengths = [frame.t_us.size for frame in frames]
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    channel = np.concatenate([frame.channel for frame in frames])
    t_us = np.concatenate([frame.t_us for frame in frames])
    value = np.concatenate([frame.value for frame in frames])
    places = _Places.of(frames, lengths, channel)
    slot = places.slots(joined)
    odd = OddReadings.side_by_side(zip(starts.tolist(), [frame.odd for frame in frames], strict=False))
    sensor = with_texts(places.sensor_numbers(places.stored_tables(joined)), odd)
    hashes = hash_frames(sensor, t_us, value, starts, [frame.seq for frame in frames])
    for frame, content_hash in zip(frames, hashes.tolist(), strict=True):
        frame.content_hash = content_hash
    prepared = prepare(
        catalog,
        slot,
        t_us,
        value,
        now_us,
        refuse_as=refuse_as,
        oldest_us=_oldest_us(joined, frames, lengths, now_us),
        unreadable=None if odd is None else odd.codes(slot.size),
        is_rounded=None if odd is None else odd.is_rounded(slot.size),
        frame=_frame_numbers(frames, lengths) if catalog.limits.are_any else None,
    )
    return FrameBatch(catalog, frames, starts, channel, t_us, value, odd, slot, prepared)


def content_hash(frame: ReceivedFrame, catalog: Catalog) -> int:
    """Tells a repeated frame from another one under the same sequence number."""
    return _hash(frame, frame.source.sensor_numbers(catalog))


def content_hashes(frame: ReceivedFrame, catalog: Catalog) -> Iterator[int]:
    """Yields the hashes that a request, a socket or a former release may have stored for the frame."""
    yield _hash(frame, frame.source.named_numbers())
    yield _hash(frame, frame.source.resolved_numbers(catalog))


def _hash(frame: ReceivedFrame, table: NDArray[np.uint64]) -> int:
    lengths = [frame.t_us.size]
    places = _Places.of([frame], lengths, frame.channel)
    sensor = with_texts(places.sensor_numbers([table]), frame.odd)
    t_us, value = np.ascontiguousarray(frame.t_us), np.ascontiguousarray(frame.value)
    return int(hash_frames(sensor, t_us, value, np.array([0, *lengths], np.int64), [frame.seq])[0])


def _frame_numbers(frames: Sequence[ReceivedFrame], lengths: list[int]) -> NDArray[np.int32]:
    """int32[n]: the number of each reading's frame, or HISTORY."""
    numbers = [HISTORY if frame.source.historical else number for number, frame in enumerate(frames)]
    return np.repeat(np.array(numbers, np.int32), lengths)


def _oldest_us(
    joined: JoinedCatalogs, frames: Sequence[ReceivedFrame], lengths: list[int], now_us: int
) -> NDArray[np.int64] | None:
    """int64[n]: before when each reading's project takes none; None where a single catalog says it."""
    if len(joined.parts) == 1:
        return None
    return np.repeat(joined.oldest_us([frame.source.project_id for frame in frames], now_us), lengths)


@dataclass(frozen=True)
class _Places:
    """Where each reading's channel stands in all sources' tables of channels, laid end to end.

    Attributes:
        sources: once each.
        place: int64[n]; one beyond the last for a channel that its source does not have.
    """

    sources: Sequence[Source]
    channel: NDArray[np.int32]
    place: NDArray[np.int64]

    @classmethod
    def of(cls, frames: Sequence[ReceivedFrame], lengths: list[int], channel: NDArray[np.int32]) -> "_Places":
        sources = list({id(frame.source): frame.source for frame in frames}.values())
        widths = np.array([len(source.references) for source in sources])
        bases = np.concatenate([[0], np.cumsum(widths)])
        number = {id(source): i for i, source in enumerate(sources)}
        of_frame = np.array([number[id(frame.source)] for frame in frames])
        base, width = np.repeat(bases[of_frame], lengths), np.repeat(widths[of_frame], lengths)
        # A negative channel is a huge one when read without its sign.
        in_range = np.ascontiguousarray(channel).view(np.uint32) < width
        return cls(sources, channel, np.where(in_range, base + channel, bases[-1]))

    def slots(self, joined: JoinedCatalogs) -> NDArray[np.int32]:
        """int32[n]: each reading's slot, or UNKNOWN_SENSOR or UNKNOWN_CHANNEL."""
        parts = [joined.parts[source.project_id] for source in self.sources]
        tables = [source.slots(catalog) for source, (catalog, _) in zip(self.sources, parts, strict=True)]
        table = np.concatenate([*tables, [UNKNOWN_CHANNEL]]).astype(np.int32)
        if len(joined.parts) > 1:
            firsts = np.repeat([first for _, first in parts], [each.size for each in tables])
            table[:-1] += np.where(table[:-1] < 0, 0, firsts).astype(np.int32)
        return table[self.place]

    def stored_tables(self, joined: JoinedCatalogs) -> list[NDArray[np.uint64]]:
        """The numbers of each source's channels in the hashes that are stored."""
        return [source.sensor_numbers(joined.parts[source.project_id][0]) for source in self.sources]

    def sensor_numbers(self, tables: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint64]:
        """uint64[n]: what each reading's channel stands for in its frame's hash, by its source's table."""
        table = np.concatenate([*tables, np.zeros(1, np.uint64)])
        number = table[self.place]
        strays = np.flatnonzero(self.place == table.size - 1)
        number[strays] = stray_numbers(self.channel[strays])
        return number
