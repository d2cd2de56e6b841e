"""Why a row of a table, or a cell of a wide one, holds no reading."""

from enum import IntEnum


class Unreadable(IntEnum):
    """The reason why a reading can't be read.

    What could mean two things is never guessed: it is counted and left out.
    """

    NO_SENSOR = 1
    BAD_TIME = 2
    BAD_VALUE = 3

    AMBIGUOUS_TIME = 4
    """A local time that the clock showed twice, and the order of the rows does not tell which is meant."""

    SKIPPED_TIME = 5
    """A local time that never was: clocks were put forward over it."""

    AMBIGUOUS_VALUE = 6
    """A number such as 1.234 where the decimal mark is a comma: it is 1234 or 1,234."""

    @property
    def slug(self) -> str:
        return self.name.lower().replace("_", "-")
