"""Buckets of steps that charts of metrics show. Pure."""

from dataclasses import dataclass
from typing import Self

# Of the blocks that the database keeps in short (`sql/migrations/0820_metric_blocks.sql`).
BLOCK_STEPS = 256


@dataclass(frozen=True)
class StepBuckets:
    """Buckets of one width, the first from `origin` on."""

    origin: int
    width: int

    @classmethod
    def even(cls, first_step: int, last_step: int, max_count: int) -> Self:
        """The narrowest buckets of which at most `max_count` hold all steps from the first to the last."""
        return cls(first_step, -(-(last_step - first_step + 1) // max_count))

    @classmethod
    def of_blocks(cls, first_step: int, last_step: int, max_count: int) -> Self:
        """The same, but wide ones are made of whole blocks, so that no single point is looked at."""
        narrowest = cls.even(first_step, last_step, max_count)
        if narrowest.width < BLOCK_STEPS:
            return narrowest
        origin = first_step // BLOCK_STEPS * BLOCK_STEPS
        blocks = last_step // BLOCK_STEPS - first_step // BLOCK_STEPS + 1
        return cls(origin, -(-blocks // max_count) * BLOCK_STEPS)

    @property
    def is_of_blocks(self) -> bool:
        """Whether each of them is made of whole blocks."""
        return self.width % BLOCK_STEPS == 0 and self.origin % BLOCK_STEPS == 0

    @property
    def is_wide(self) -> bool:
        """Whether each holds a whole block, wherever it begins."""
        return self.width >= 2 * BLOCK_STEPS

    @property
    def parameters(self) -> dict[str, int | bool]:
        """Parameters of statements."""
        return {
            "origin": self.origin,
            "width": self.width,
            "in_blocks": self.is_of_blocks,
            "is_wide": self.is_wide,
        }
