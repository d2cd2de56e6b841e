import numpy as np
from barograph_client.delivery.outbox import FrameOutbox
from barograph_client.framing.frames import Frame, decode, encode_binary
from barograph_client.spool.memory import MemorySpool
from barograph_client.spool.store import NewFrame
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

START = 10


def frame(index: int) -> NewFrame:
    column = np.zeros(0, np.int32)
    return NewFrame(
        encode_binary(Frame(index, column, column.astype(np.int64), column.astype(np.float64))), 0
    )


class OutboxFrames(RuleBasedStateMachine):
    """Frames on their way; the model is three numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemorySpool(["a"], 2**20)
        self.outbox = FrameOutbox(self.store)
        self.outbox.renumber(1, START + 1)
        self.settled = self.sent = self.last = START

    @rule()
    def append(self) -> None:
        self.last += 1
        self.store.append([frame(self.store.last_index + 1)])

    @rule(window=st.integers(1, 5))
    def send(self, window: int) -> None:
        has_room = self.sent < self.last and self.sent - self.settled < window
        message = self.outbox.next_message(window)
        assert (message and decode(message).seq) == (self.sent + 1 if has_room else None)
        self.sent += has_room

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        seq = data.draw(st.integers(START, self.last + 1))
        self.outbox.settle(seq)
        self.settled = min(max(self.settled, seq), self.last)
        self.sent = max(self.sent, self.settled)

    @rule()
    def send_again(self) -> None:
        self.outbox.send_from(self.outbox.first_unsettled)
        self.sent = self.settled

    @invariant()
    def counts_agree(self) -> None:
        assert self.outbox.settled_seq == self.settled
        assert self.outbox.last_seq == self.last
        assert len(self.outbox) == self.last - self.settled
        seqs = [decode(message).seq for message in self.outbox.messages()]
        assert seqs == list(range(self.settled + 1, self.last + 1))


TestOutboxFrames = OutboxFrames.TestCase
TestOutboxFrames.settings = settings(max_examples=50, stateful_step_count=30)
