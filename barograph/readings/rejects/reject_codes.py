"""Why a reading was refused. Columns carry the number; people and the database see the slug."""

from enum import IntEnum


class RejectCode(IntEnum):
    """0 is no reject, so that a column of zeros is a batch without one."""

    UNKNOWN_CHANNEL = 1
    UNKNOWN_SENSOR = 2
    SENSOR_INACTIVE = 3
    NOT_FINITE = 4
    TOO_OLD = 5
    TOO_FAR_AHEAD = 6
    STORAGE_REFUSED = 7
    BAD_VALUE = 8
    BAD_TIME = 9

    @property
    def slug(self) -> str:
        return self.name.lower().replace("_", "-")


# Indexed by the number; 0 stands for none.
SLUGS = ["", *(reject.slug for reject in RejectCode)]
