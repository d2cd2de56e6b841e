"""Buckets of steps that charts of metrics show. Pure."""

from dataclasses import dataclass
from typing import Self

# Of the blocks that the database keeps in short (`sql/migrations/0820_metric_blocks.sql`).
BLOCK_STEPS = 256


@dataclass(frozen=True)
class StepBuckets:
    """Buckets of one width, the first from `origin` on. Wide ones are made of whole blocks."""

    origin: int
    width: int

    @classmethod
    def of(cls, first_step: int, last_step: int, most: int) -> Self:
        """At most so many, which hold all steps from the first to the last."""
        width = -(-(last_step - first_step + 1) // most)
        if width < BLOCK_STEPS:
            return cls(first_step, width)
        origin = first_step // BLOCK_STEPS * BLOCK_STEPS
        blocks = last_step // BLOCK_STEPS - first_step // BLOCK_STEPS + 1
        return cls(origin, -(-blocks // most) * BLOCK_STEPS)

    @property
    def is_of_blocks(self) -> bool:
        """Whether each of them is made of whole blocks."""
        return self.width % BLOCK_STEPS == 0 and self.origin % BLOCK_STEPS == 0

    @property
    def parameters(self) -> dict[str, int | bool]:
        """Of statements."""
        return {"origin": self.origin, "width": self.width, "in_blocks": self.is_of_blocks}
