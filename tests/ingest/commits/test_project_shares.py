"""Small shares of several projects, prepared together, come out as if each had been alone."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from barograph.catalog.catalog import Catalog
from barograph.catalog.joined_catalogs import MAX_SENSORS
from barograph.catalog.timeline import BEGINNING_US, FOREVER_US, ProfilePiece
from barograph.database.copy_format import ReadingColumns
from barograph.readings import dirty_seconds
from barograph.readings.preparing.prepared import ReadyBatch
from barograph.readings.rejects.reject_codes import RejectCode
from barograph.times import DAY_US
from ingest.commits.batch import FrameBatch, assemble
from ingest.commits.project_shares import ProjectShare, assemble_shares
from ingest.messages.frames import ReceivedFrame, Source
from tests.barograph.catalog.catalogs import TOKEN_ID, linear, make_catalog
from tests.ingest.frames import by_public_id

NOW_US = 20_000 * DAY_US
SENSORS = 3
STATUSES = ["active", "inactive", "registering"]
# A hundred sensors lie between those of two projects.
APART = 100


def catalog_of(project_id: int, profiles: int, *, is_piecewise: bool) -> Catalog:
    """Its own sensors, profiles and bounds on age."""
    changes_us = NOW_US - 1_000_000 if is_piecewise else BEGINNING_US
    catalog = make_catalog(
        [STATUSES[(slot + project_id) % len(STATUSES)] for slot in range(SENSORS)],
        [linear(project_id + number) for number in range(profiles)],
        [ProfilePiece(number, number, changes_us, FOREVER_US) for number in range(profiles)],
        max_age_us=project_id * 1_000_000,
        raw_from_us=NOW_US - 2_500_000,
    )
    return replace(
        catalog,
        project_id=project_id,
        sensor_ids=catalog.sensor_ids + np.int32(APART * project_id),
        profile_ids=catalog.profile_ids + np.int32(APART * project_id),
        public_ids=[str(UUID(int=APART * project_id + slot)) for slot in range(SENSORS)],
    )


@st.composite
def project_shares(draw: st.DrawFn) -> list[ProjectShare]:
    shares: list[ProjectShare] = []
    for project_id in sorted(draw(st.sets(st.integers(1, 9), min_size=2, max_size=5))):
        catalog = catalog_of(project_id, draw(st.integers(0, SENSORS)), is_piecewise=draw(st.booleans()))
        references = [*catalog.keys, "nobody"][: draw(st.integers(1, SENSORS + 1))]
        source = Source(project_id, TOKEN_ID, references, lambda _: None, historical=draw(st.booleans()))
        frames = [draw(frames_of(source, seq)) for seq in range(1, draw(st.integers(2, 4)))]
        shares.append(ProjectShare(catalog, frames))
    return shares


@st.composite
def frames_of(draw: st.DrawFn, source: Source, seq: int) -> ReceivedFrame:
    times = [NOW_US, NOW_US - 999_999, NOW_US - 1_000_001, NOW_US - 2_000_001, NOW_US - 2_500_001]
    reading = st.tuples(
        st.integers(0, SENSORS), st.sampled_from(times), st.sampled_from([1.5, -2.0, float("nan")])
    )
    rows = draw(st.lists(reading, max_size=5))
    return ReceivedFrame(
        source,
        seq,
        np.array([row[0] for row in rows], np.int32),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.float64),
        size_bytes=100,
        received_us=NOW_US,
    )


@given(project_shares())
def test_together_they_come_out_as_alone(shares: Sequence[ProjectShare]) -> None:
    alone = [assemble(*share, NOW_US) for share in shares]
    hashes = [frame.content_hash for share in shares for frame in share.frames]
    together = assemble_shares(shares, NOW_US)
    assert [frame.content_hash for share in shares for frame in share.frames] == hashes
    assert verdicts(together) == verdicts(alone)
    assert stored_rows(together) == stored_rows(alone)
    for column, expected in zip(dirty(together), dirty(alone), strict=True):
        assert column.tolist() == expected.tolist()
    assert seen(together) == seen(alone)
    assert appearing(together) == appearing(alone)


@given(project_shares())
def test_a_project_with_a_refused_reading_is_prepared_by_itself(shares: Sequence[ProjectShare]) -> None:
    batches = assemble_shares(shares, NOW_US)
    for batch in batches:
        assert len(batch.project_ids()) == 1 or not batch.prepared.code.any()
    accepted = [share for share in shares if not assemble(*share, NOW_US).prepared.code.any()]
    assert len(batches) == len(shares) - max(0, len(accepted) - 1)


def test_what_is_refused_whole_is_refused_project_by_project() -> None:
    shares = [share_of(catalog_of(number, 1, is_piecewise=False)) for number in (1, 2)]
    batches = assemble_shares(shares, NOW_US, refuse_as=RejectCode.STORAGE_REFUSED)
    assert [batch.catalog.project_id for batch in batches] == [1, 2]


def test_a_large_project_is_prepared_by_itself() -> None:
    large = replace(make_catalog(["active"] * (MAX_SENSORS + 1), max_age_us=DAY_US), project_id=3)
    small = [catalog_of(number, 1, is_piecewise=False) for number in (1, 4)]
    shares = [share_of(each) for each in (small[0], large, small[1])]
    batches = assemble_shares(shares, NOW_US)
    assert [batch.project_ids() for batch in batches] == [{1, 4}, {3}]


def share_of(catalog: Catalog) -> ProjectShare:
    """One reading of a sensor that takes it."""
    key = catalog.keys[int(np.flatnonzero(catalog.accepts)[0])]
    source = Source(catalog.project_id, TOKEN_ID, [key], lambda _: None)
    columns = np.zeros(1, np.int32), np.full(1, NOW_US), np.ones(1)
    return ProjectShare(catalog, [ReceivedFrame(source, 1, *columns, size_bytes=100, received_us=NOW_US)])


def verdicts(batches: Sequence[FrameBatch]) -> set[tuple[object, ...]]:
    return {
        (receipt.frame, receipt.fate, receipt.accepted, *receipt.rejected, receipt.rejected_total)
        for batch in batches
        for receipt in batch.receipts()
    }


def stored_rows(batches: Sequence[FrameBatch]) -> list[tuple[object, ...]]:
    rows = ReadingColumns.joined([ready(batch).columns for batch in batches])
    # As text, for NaN does not equal itself.
    return sorted(zip(*(map(repr, each.tolist()) for each in vars(rows).values()), strict=True))


def ready(batch: FrameBatch) -> ReadyBatch:
    assert isinstance(batch.prepared, ReadyBatch)
    return batch.prepared


def dirty(batches: Sequence[FrameBatch]) -> list[np.ndarray]:
    joined = dirty_seconds.side_by_side([batch.prepared.dirty for batch in batches])
    columns = list(vars(joined).values())
    order = np.lexsort((columns[1], columns[0]))
    return [column[order] for column in columns]


def seen(batches: Sequence[FrameBatch]) -> dict[str, int]:
    return {key: at_us for batch in batches for key, at_us in by_public_id(batch.seen_sensors()).items()}


def appearing(batches: Sequence[FrameBatch]) -> list[int]:
    """The sensors whose first readings these are."""
    return sorted(
        int(batch.catalog.sensor_ids[slot])
        for batch in batches
        for slot in batch.prepared.seen_slots
        if batch.catalog.registering[slot]
    )
