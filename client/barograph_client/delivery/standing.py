"""Where a stream goes on after a bind: what was sent and acknowledged, against what the server has.

The server has less after it was restored from a backup. Frames that a spool has kept since their ack are sent
again. What is lost for good is told, and the frames after it go on: under their own numbers, if the token may
move the sequence there (`resume_at`), otherwise under those that the server has free.

The server has more if the spool has forgotten: after a power cut without fsync, or a restore of its own.
What the spool has without an ack is then sent under the numbers that it had, so that the server, which
remembers its last frames, says whether it has them; new frames follow the server's last one.
"""

import logging
from collections import deque
from dataclasses import dataclass

from barograph_client.delivery.outbox import FrameOutbox
from barograph_client.errors import Refused
from barograph_client.framing.frames import decode
from barograph_client.framing.messages import Ack

log = logging.getLogger(__name__)

AHEAD = (
    "another gateway has used the producer's name meanwhile; give each gateway a name of its own, "
    "and send what `unacked_frames` has by a new stream, or by this one with `resume_at`"
)
ABOUT_LOST = (
    "It had acknowledged them, so it was restored from a backup; the stream goes on after them. What to do: "
    "import them if the rig has a copy; the server lists them as `gaps` of the producer"
)
ABOUT_AHEAD = (
    "A power cut took what the disk did not have yet (fsync), or the spool was restored, or another "
    "gateway uses the name. New frames follow the server's. What to do: nothing after a power cut; otherwise "
    "give each gateway a name of its own"
)


@dataclass(frozen=True, slots=True)
class LostFrames:
    """Frames from `first_seq` to `last_seq` that the server had acknowledged, and has no longer."""

    first_seq: int
    last_seq: int

    def __str__(self) -> str:
        return f"frames {self.first_seq} to {self.last_seq}"


class StreamStanding:
    """A producer's place in its sequence, over all connections.

    Args:
        resume_at: where the first bind moves the sequence, if whoever opened the stream wants that.

    Attributes:
        resume_at: what the next bind must say, if anything.
        lost: what the server had acknowledged and lost.
        has_bound: whether any connection has come so far.
    """

    def __init__(self, outbox: FrameOutbox, producer: str, resume_at: int | None) -> None:
        self.resume_at = resume_at
        self.lost: list[LostFrames] = []
        self.has_bound = False
        self._outbox, self._producer = outbox, producer
        self._is_asked = resume_at is not None
        # What a bind with `resume_at` is about to give up, and whether the token may make one.
        self._losing: LostFrames | None = None
        self._may_resume = True
        # Frames that the server seems to have, and how many readings they have, until it has said so.
        self._unsure: deque[tuple[int, int]] = deque()
        self._repeated = 0

    def take_up(self, last_seq: int) -> bool:
        """Set the outbox where the server stands. False: another bind must come first, with `resume_at`.

        Raises:
            Refused: the server has frames of this producer that are not this stream's.
        """
        is_unsure = bool(self._unsure) and last_seq >= self._outbox.used_seq
        self._unsure.clear()
        if self._is_asked or not self._outbox.store.numbering.is_known:
            self._outbox.renumber(self._outbox.first_unsettled, last_seq + 1)
        if is_unsure:
            self._ask_again()
        elif last_seq > self._outbox.sent_seq:
            self._go_on_behind(last_seq)
        elif not self._go_on_after(last_seq):
            return False
        self._note_lost()
        self.has_bound, self._is_asked = True, False
        self.resume_at, self._may_resume = None, True
        return True

    def give_in(self, reason: Exception) -> bool:
        """Whether the refusal of a bind only means that the token may not move the sequence."""
        if self._losing is None:
            return False
        log.warning("the frames that are here get other numbers: %s", reason)
        self._may_resume, self.resume_at = False, None
        return True

    def settle(self, ack: Ack) -> None:
        """Forget what an ack covers."""
        self._repeated += ack.duplicate
        while self._unsure and self._repeated >= self._unsure[0][1]:
            index, readings = self._unsure.popleft()
            self._repeated -= readings
            self._outbox.settle(self._outbox.store.numbering.seq(index))
        if not self._unsure:
            self._outbox.settle(ack.seq)

    def _go_on_after(self, last_seq: int) -> bool:
        """The usual way: the server has all that it acknowledged, or less."""
        outbox, numbering = self._outbox, self._outbox.store.numbering
        index = max(numbering.index_of(last_seq) + 1, outbox.store.first_index)
        missing = LostFrames(last_seq + 1, numbering.seq(index) - 1)
        has_lost = last_seq < outbox.settled_seq
        if missing.last_seq >= missing.first_seq:
            if has_lost:
                self._losing = LostFrames(missing.first_seq, min(missing.last_seq, outbox.settled_seq))
            if has_lost and self._may_resume:
                self.resume_at = missing.last_seq + 1
                return False
            outbox.renumber(index, last_seq + 1)
        elif has_lost and index <= outbox.store.settled_index:
            again = outbox.store.settled_index - index + 1
            log.warning(
                "the server has lost frames of %s; %d are here, and sent again", self._producer, again
            )
        outbox.send_from(index)
        return True

    def _go_on_behind(self, last_seq: int) -> None:
        """The server has frames that were never sent, as far as is known here."""
        outbox, known = self._outbox, self._outbox.store.known_index
        seq = outbox.sent_seq
        if self.has_bound or not outbox.store.is_on_disk:
            detail = f"the server's last frame is {last_seq}, the last one here is {seq}"
            raise Refused("sequence-lost", detail, AHEAD)
        log.error(
            "the server's last frame of %s is %d, the spool's is %d. %s",
            self._producer,
            last_seq,
            seq,
            ABOUT_AHEAD,
        )
        outbox.go_on(known + 1, last_seq + 1)
        outbox.used_seq = last_seq
        self._ask_again()

    def _ask_again(self) -> None:
        """Send what the server may have, for it to say whether it has."""
        outbox = self._outbox
        first, known = outbox.first_unsettled, outbox.store.known_index
        self._unsure.extend(
            (frame.index, decode(frame.message).n)
            for frame in outbox.store.frames(first)
            if frame.index <= known
        )
        self._repeated = 0
        outbox.send_from(first)

    def _note_lost(self) -> None:
        if self._losing is not None:
            self.lost.append(self._losing)
            log.error("the server has lost %s of %s. %s", self._losing, self._producer, ABOUT_LOST)
            self._losing = None
