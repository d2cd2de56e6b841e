"""Looking profiles up in columns, against looking them up one by one."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from barograph.catalog.timeline import BEGINNING_US, FOREVER_US, ProfilePiece, ProfileTimeline

# Few instants, so that readings fall on the bounds as often as beside them; and the far ends.
instants = st.integers(-5, 25) | st.sampled_from([BEGINNING_US, BEGINNING_US + 1, FOREVER_US - 1])


@st.composite
def pieces_of(draw: st.DrawFn, slot: int) -> list[ProfilePiece]:
    """Pieces of one sensor that don't overlap: with gaps or without, bounded or not, or none."""
    bounds = sorted(draw(st.sets(st.integers(0, 20), max_size=8)))
    if draw(st.booleans()):
        bounds = [BEGINNING_US, *bounds]
    if draw(st.booleans()):
        bounds = [*bounds, FOREVER_US]
    pairs = [(start, end) for start, end in pairwise(bounds) if draw(st.booleans())]
    return [ProfilePiece(slot, draw(st.integers(0, 9)), start, end) for start, end in pairs]


@st.composite
def timelines(draw: st.DrawFn) -> tuple[int, list[ProfilePiece]]:
    slots = draw(st.integers(1, 6))
    whole = [
        ProfilePiece(slot, slot, BEGINNING_US, FOREVER_US) for slot in range(slots) if draw(st.booleans())
    ]
    if draw(st.booleans()):
        return slots, whole
    pieces = [piece for slot in range(slots) for piece in draw(pieces_of(slot))]
    return slots, draw(st.permutations(pieces))


def search(pieces: Sequence[ProfilePiece], slot: int, t_us: int) -> int:
    holders = [p.profile for p in pieces if p.slot == slot and p.from_us <= t_us < p.to_us]
    return holders[0] if holders else -1


@given(timelines(), st.data())
def test_every_reading_finds_the_profile_that_a_search_finds(
    timeline: tuple[int, list[ProfilePiece]], data: st.DataObject
) -> None:
    slots, pieces = timeline
    readings = data.draw(st.lists(st.tuples(st.integers(0, slots - 1), instants), max_size=40))
    slot = np.array([reading[0] for reading in readings], np.int32)
    t_us = np.array([reading[1] for reading in readings], np.int64)
    located = ProfileTimeline(slots, pieces).locate(slot, t_us)
    assert located.dtype == np.int32
    assert located.tolist() == [search(pieces, *reading) for reading in readings]


def test_a_project_without_sensors_has_a_timeline() -> None:
    nothing = ProfileTimeline(0, []).locate(np.empty(0, np.int32), np.empty(0, np.int64))
    assert nothing.size == 0
