"""One bound producer's stream: which frames are new, what is durable, and what the next ack says. No I/O."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from prometheus_client import Counter

from barograph.catalog.catalog import Catalog
from barograph.readings.storing.producer_ledger import ProducerId
from ingest.commits.batch import content_hash
from ingest.messages.frames import MAX_LISTED, Fate, Receipt, ReceivedFrame, Source
from ingest.messages.wire import FrameColumns, ProtocolError
from ingest.producers.repeats import StoredFrames
from ingest.producers.stream_tally import StreamTally

DUPLICATES = Counter("barograph_ingest_duplicate_readings_total", "Readings of frames that were sent again")


@dataclass(frozen=True)
class Binding:
    """The result of a bind: the producer's id, the epoch it now has, and what is stored of it.

    Attributes:
        catalog_stamp: of the project's catalog at that moment.
    """

    producer_id: ProducerId
    epoch: int
    last_seq: int
    stored: StoredFrames
    catalog_stamp: UUID


@dataclass(frozen=True)
class Ending:
    """Why a connection ends from our side: the error's code and words, the close code, the frame at fault."""

    slug: str
    detail: str
    close: int
    seq: int | None = None


SUPERSEDED = Ending("superseded", "a newer connection bound this producer", 4409)
REVOKED = Ending("token-revoked", "the ingest token is no longer valid", 4401)
OUT_OF_STEP = Ending("out-of-step", "bind again, and go on from last_seq", 1012)
GOING_AWAY = Ending("going-away", "the server is going away; everything acknowledged is stored", 1012)
_ENDINGS = {Fate.SUPERSEDED: SUPERSEDED, Fate.REVOKED: REVOKED, Fate.OUT_OF_STEP: OUT_OF_STEP}


class Producer:
    """The stream of one bind.

    Args:
        catalog: the newest that is known of the project.

    Attributes:
        producer_id: whose stream it is.
        source: what its frames come from.
        tally: what is stored of it since its bind.
        news: set when there is something for the client to hear: an ack, or the end.
        ending: why the connection must end, once it must.
    """

    def __init__(
        self,
        project_id: int,
        token_id: UUID,
        references: Sequence[str],
        binding: Binding,
        catalog: Callable[[], Catalog],
        *,
        historical: bool,
    ) -> None:
        self.producer_id = binding.producer_id
        self.source = Source(
            project_id,
            token_id,
            references,
            self._settle,
            producer_id=binding.producer_id,
            epoch=binding.epoch,
            historical=historical,
        )
        self.tally = StreamTally()
        self.news = asyncio.Event()
        self.ending: Ending | None = None
        self._received_seq = binding.last_seq
        self._stored = binding.stored
        self._in_flight: dict[int, ReceivedFrame] = {}
        self._catalog = catalog
        self._ack = _Ack()

    @property
    def is_settled(self) -> bool:
        """Whether everything received is durable and acknowledged."""
        return self._received_seq == self._stored.last_seq and not self.news.is_set()

    @property
    def last_seq(self) -> int:
        """Up to where its frames are stored."""
        return self._stored.last_seq

    def admit(self, columns: FrameColumns) -> ReceivedFrame | None:
        """The frame to commit; None for one that came before.

        Raises:
            ProtocolError: a frame is missing before this one, or its seq was used, and it is not known to be
                the frame that used it.
        """
        frame = ReceivedFrame.of(self.source, columns)
        if columns.seq == self._received_seq + 1:
            self._received_seq = columns.seq
            self._in_flight[columns.seq] = frame
            return frame
        if columns.seq > self._received_seq:
            detail = f"expected seq {self._received_seq + 1}, got {columns.seq}"
            raise ProtocolError("sequence-gap", detail, seq=columns.seq)
        if not self._is_known(frame):
            raise ProtocolError("sequence-conflict", self._stored.why_not(frame.seq), seq=frame.seq)
        self._note_duplicate(frame)
        return None

    def take_ack(self) -> dict[str, object] | None:
        """The next ack, if there is anything to say; what it says is said once."""
        self.news.clear()
        if self._ack.is_empty:
            return None
        ack, self._ack = self._ack, _Ack()
        return {"type": "ack", "seq": self._stored.last_seq, **ack.document()}

    def end(self, ending: Ending) -> None:
        """Makes the connection end."""
        self.ending = self.ending or ending
        self.news.set()

    def _is_known(self, frame: ReceivedFrame) -> bool:
        """Whether a frame is the one that came before under its seq."""
        catalog, before = self._catalog(), self._in_flight.get(frame.seq)
        if before is None:
            return self._stored.has_stored(frame, catalog)
        return content_hash(before, catalog) == content_hash(frame, catalog)

    def _note_duplicate(self, frame: ReceivedFrame) -> None:
        DUPLICATES.inc(frame.t_us.size)
        self._ack.duplicate += frame.t_us.size
        self._ack.has_duplicates = True
        if frame.seq <= self._stored.last_seq:
            self.news.set()

    def _settle(self, receipt: Receipt) -> None:
        if receipt.fate is not Fate.STORED:
            self.end(_ENDINGS[receipt.fate])
            return
        self._in_flight.pop(receipt.frame.seq, None)
        self._stored.add(receipt.frame)
        self.tally.add(receipt.frame)
        self._ack.add(receipt)
        self.news.set()


class _Ack:
    """Counts since the last ack. Bounded, however long a client doesn't listen."""

    def __init__(self) -> None:
        self.accepted = 0
        self.duplicate = 0
        self.has_duplicates = False
        self._frames = 0
        self._rejected: list[dict[str, object]] = []
        self._rejected_total = 0

    @property
    def is_empty(self) -> bool:
        return not self._frames and not self.has_duplicates

    def add(self, receipt: Receipt) -> None:
        self._frames += 1
        self.accepted += receipt.accepted
        self._rejected_total += receipt.rejected_total
        room = MAX_LISTED - len(self._rejected)
        self._rejected += [{"seq": receipt.frame.seq, **reject} for reject in receipt.listed()[:room]]

    def document(self) -> dict[str, object]:
        total = {"rejected_total": self._rejected_total} if self._rejected_total else {}
        return {"accepted": self.accepted, "duplicate": self.duplicate, "rejected": self._rejected, **total}
