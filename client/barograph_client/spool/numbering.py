"""The seqs of a spool's frames. A frame's index never changes; its seq does if the server wants another."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NumberedFrom:
    """A piece of the numbering: from frame `index` on, a frame's seq is its index and `shift`."""

    index: int
    shift: int


class FrameNumbering:
    """The seq of each frame, and the frame of each seq. Both rise together.

    Empty until the server has told for the first time where the producer stands.
    """

    def __init__(self, pieces: Sequence[NumberedFrom] = ()) -> None:
        self.pieces = list(pieces)

    @property
    def is_known(self) -> bool:
        """Whether frames have seqs yet."""
        return bool(self.pieces)

    @property
    def first_index(self) -> int:
        """The first frame whose seq still means something; those before had seqs that are used again."""
        return self.pieces[0].index if self.pieces else 1

    def seq(self, index: int) -> int:
        """A frame's. Before the first frame, the numbers go on downwards."""
        return index + self._piece_of(index).shift

    def index_of(self, seq: int) -> int:
        """The last frame up to this seq; that before the first one if there is none."""
        following = None
        for piece in reversed(self.pieces):
            index = seq - piece.shift
            if index >= piece.index:
                return index if following is None else min(index, following - 1)
            following = piece.index
        return self.first_index - 1

    def restart(self, index: int, seq: int) -> None:
        """Lets frames from this one on follow this seq.

        What is before it is settled, and never sent again.
        """
        self.pieces = [NumberedFrom(index, seq - index)]

    def go_on(self, index: int, seq: int) -> None:
        """Lets frames from this one on follow this seq. Those before keep theirs, which are smaller."""
        self.pieces = [piece for piece in self.pieces if piece.index < index]
        if not self.pieces or self.seq(index) != seq:
            self.pieces.append(NumberedFrom(index, seq - index))

    def _piece_of(self, index: int) -> NumberedFrom:
        return next((piece for piece in reversed(self.pieces) if piece.index <= index), self.pieces[0])
