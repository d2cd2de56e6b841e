"""What a piece of an import has stored, packed and kept beside the import, so that it can be undone.

Sensor, time and raw value tell a reading from all others but its equals, and never change.

Why: decision 720.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barograph.catalog.catalog import Catalog
from barograph.database.queries import query
from barograph.readings.preparing.convert import Accepted
from barograph.readings.replaced.byte_planes import pack_planes, unpack_planes
from barograph.readings.storing.store import Connection
from barograph.times import from_us

_FIELDS = (
    ("sensor_id", np.dtype(np.int32)),
    ("t_us", np.dtype(np.int64)),
    ("raw", np.dtype(np.float64)),
)
_AS_DIFFERENCES = frozenset({"sensor_id", "t_us"})


@dataclass(frozen=True)
class ImportedReadings:
    """Readings as they can be found again.

    Attributes:
        sensor_id: int32[n], ascending.
        t_us: int64[n].
        raw: float64[n], as it is stored.
    """

    sensor_id: NDArray[np.int32]
    t_us: NDArray[np.int64]
    raw: NDArray[np.float64]

    @classmethod
    def of(cls, catalog: Catalog, readings: Accepted) -> "ImportedReadings":
        """Records readings that are about to be stored."""
        return cls(catalog.sensor_ids[readings.slot], readings.t_us, readings.value)

    @classmethod
    def unpack(cls, content: bytes) -> "ImportedReadings":
        """Unpacks the bytes in `packed`."""
        return cls(**unpack_planes(content, _FIELDS, _AS_DIFFERENCES))

    @property
    def packed(self) -> bytes:
        """The record as the database keeps it."""
        return pack_planes(vars(self), _FIELDS, _AS_DIFFERENCES)

    def take(self, rows: NDArray[np.intp]) -> "ImportedReadings":
        """The readings at these indices."""
        return ImportedReadings(self.sensor_id[rows], self.t_us[rows], self.raw[rows])


def keep_record(connection: Connection, import_id: int, recorded: ImportedReadings) -> None:
    """Keeps a record, in the transaction that stores the readings."""
    if not recorded.t_us.size:
        return
    parameters = {
        "import_id": import_id,
        "readings": recorded.t_us.size,
        "first": from_us(int(recorded.t_us.min())),
        "last": from_us(int(recorded.t_us.max())),
        "columns": recorded.packed,
    }
    connection.execute(query("import_undo.record"), parameters, binary=True)
