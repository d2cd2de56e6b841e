"""Frames whose COMMIT got no answer, after several attempts."""

from collections.abc import Sequence

from barograph.times import DAY_US
from ingest.commits.batch import FrameBatch, assemble
from ingest.commits.doubtful_batches import DoubtfulBatches
from ingest.messages.frames import Fate, ReceivedFrame, Source
from tests.barograph.catalog.catalogs import PROJECT_ID, TOKEN_ID, make_catalog
from tests.ingest.commits.test_batch import NOW_US, make_frame

SOURCE = Source(PROJECT_ID, TOKEN_ID, ["s0"], lambda _: None)
FIRST, SECOND, THIRD = [make_frame(SOURCE, seq, [(0, NOW_US, 1.5)]) for seq in (1, 2, 3)]


def batch(status: str, frames: Sequence[ReceivedFrame]) -> FrameBatch:
    return assemble(make_catalog([status], max_age_us=DAY_US), frames, NOW_US)


def test_each_frame_has_the_receipt_of_its_last_attempt() -> None:
    """The sensor was switched off after the first, which had been rolled back."""
    doubtful = DoubtfulBatches([batch("active", [FIRST]), batch("inactive", [FIRST, SECOND])])
    receipts = doubtful.receipts([FIRST, SECOND])
    assert [(each.frame.seq, each.accepted, each.rejected_total) for each in receipts] == [
        (1, 0, 1),
        (2, 0, 1),
    ]


def test_a_frame_that_only_one_attempt_carried_has_its_receipt() -> None:
    doubtful = DoubtfulBatches([batch("active", [FIRST]), batch("active", [SECOND])])
    assert [each.fate for each in doubtful.receipts([SECOND, FIRST])] == [Fate.STORED, Fate.STORED]


def test_a_frame_that_no_attempt_carried_is_out_of_step() -> None:
    doubtful = DoubtfulBatches([batch("active", [FIRST]), batch("active", [SECOND])])
    assert [each.fate for each in doubtful.receipts([THIRD])] == [Fate.OUT_OF_STEP]


def test_with_a_frame_that_was_stored_its_last_batch_was() -> None:
    former, latter = batch("active", [FIRST, SECOND]), batch("active", [FIRST, SECOND])
    assert DoubtfulBatches([former, latter]).stored_with([FIRST]) == [latter]
