"""Where a stream goes on after a bind: what it knows to be acknowledged, against what the server has.

The server has less after it was restored from a backup. Then what it has lost is gone, and the frames that
are here go on: under their own numbers, if the token may move the sequence there (`resume_at`), otherwise
under those that the server has free.
"""

from dataclasses import dataclass

from barograph_client.errors import Refused
from barograph_client.pending import Pending

AHEAD = (
    "another gateway has used the producer's name meanwhile; give each gateway a name of its own, "
    "and send what `unacked_frames` has by a new stream"
)
ABOUT_LOST = (
    "It had acknowledged them, so it was restored from a backup; the stream goes on after them. What to do: "
    "import them if the rig has a copy; the server lists them as `gaps` of the producer"
)


@dataclass(frozen=True, slots=True)
class LostFrames:
    """Frames from `first_seq` to `last_seq` that the server had acknowledged, and has no longer."""

    first_seq: int
    last_seq: int

    def __str__(self) -> str:
        return f"frames {self.first_seq} to {self.last_seq}"


def lost_frames(pending: Pending, last_seq: int) -> LostFrames | None:
    """What the server lost, if its `last_seq` shows that.

    Raises:
        Refused: the server has frames of this producer that are not this stream's.
    """
    if last_seq > pending.last_seq:
        detail = f"the server's last frame is {last_seq}, the last one here is {pending.last_seq}"
        raise Refused("sequence-lost", detail, AHEAD)
    return LostFrames(last_seq + 1, pending.settled_seq) if last_seq < pending.settled_seq else None
