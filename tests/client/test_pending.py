from barograph_client.pending import Pending
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

START = 10


class PendingFrames(RuleBasedStateMachine):
    """Frames are their own seq, in digits; the model is three numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.pending = Pending(START)
        self.settled = self.sent = self.last = START

    @rule()
    def push(self) -> None:
        self.last += 1
        self.pending.push(str(self.last))

    @rule(window=st.integers(1, 5))
    def send(self, window: int) -> None:
        has_room = self.sent < self.last and self.sent - self.settled < window
        message = self.pending.next_message(window)
        assert message == (str(self.sent + 1) if has_room else None)
        self.sent += has_room

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        seq = data.draw(st.integers(START, self.last + 1))
        self.pending.settle(seq)
        self.settled = min(max(self.settled, seq), self.last)
        self.sent = max(self.sent, self.settled)

    @rule()
    def rewind(self) -> None:
        self.pending.rewind()
        self.sent = self.settled

    @invariant()
    def counts_agree(self) -> None:
        assert self.pending.settled_seq == self.settled
        assert self.pending.last_seq == self.last
        assert len(self.pending) == self.last - self.settled
        assert self.pending.size_bytes == sum(len(str(seq)) for seq in range(self.settled + 1, self.last + 1))


TestPendingFrames = PendingFrames.TestCase
TestPendingFrames.settings = settings(max_examples=50, stateful_step_count=30)
