"""The format of an archive file: a Parquet table, sorted by sensor and time, that describes itself.

columns: sensor (key), sensor_id, time, raw, physical, profile (number of the version), profile_id, flags
groups of rows: at most `GROUP_ROWS`, of one sensor or of several small ones, one after the other
metadata `barograph`: the project, the stretch of time, each sensor and profile, and where a sensor's
readings lie

`docs/archive.md` says it to those who read files by other programs. Pure: bytes come from and go to open
files.
"""

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from barograph.archive.derivation import ArchivedProfile, Derivation
from barograph.database.copy_format import ReadingColumns
from barograph.files.arrow import pa, parquet

METADATA = "barograph"
VERSION = 1
# Of a second at a kilohertz, a question reads one group.
GROUP_ROWS = 65_536
# As fast as reading needs it; beyond this level noise gets no smaller.
ZSTD_LEVEL = 3
_TIME = pa.timestamp("us", "UTC")
_FIELDS = (
    ("sensor", pa.dictionary(pa.int32(), pa.string())),
    ("sensor_id", pa.int32()),
    ("time", _TIME),
    ("raw", pa.float64()),
    ("physical", pa.float64()),
    ("profile", pa.int32()),
    ("profile_id", pa.int32()),
    ("flags", pa.int32()),
)
_READ = ("sensor_id", "time", "raw", "physical", "profile_id", "flags")
# The bytes of a double apart, as noise has it in the lower ones only; times as differences.
_ENCODINGS = {"time": "DELTA_BINARY_PACKED", "raw": "BYTE_STREAM_SPLIT", "physical": "BYTE_STREAM_SPLIT"}
_IN_DICTIONARIES = ["sensor", "sensor_id", "profile", "profile_id", "flags"]


class FileDamaged(Exception):
    """A file is not what was written."""


@dataclass(frozen=True)
class ArchivedSensor:
    """A sensor whose readings a file holds."""

    sensor_id: int
    public_id: str
    key: str
    input_unit: str
    output_unit: str


@dataclass(frozen=True)
class FiledPart:
    """The place of a sensor's readings in a file.

    Attributes:
        first_us: the time of the first of them; `last_us` that of the last.
        first_group: the first group of rows that holds any; `end_group` is behind the last.
        is_derived: their physical values are not stored, because their profiles give them bit for bit.
        physical_sha256: of all physical values as little-endian doubles, where they are derived.
        physical_crc32: the same for those in each of its groups, as they are checked whenever they are read;
            files of the first days have none.
    """

    sensor_id: int
    readings: int
    first_us: int
    last_us: int
    first_group: int
    end_group: int
    is_derived: bool
    physical_sha256: str | None
    physical_crc32: Sequence[int] | None = None


class ArchiveWriter:
    """Writes one file, a sensor after the other, in constant memory.

    Args:
        path: of a file that does not exist yet.
        said: what else the metadata is to say.
        sensors, profiles: by their numbers in the database.
    """

    def __init__(
        self,
        path: Path,
        said: Mapping[str, Any],
        sensors: Mapping[int, ArchivedSensor],
        profiles: Mapping[int, ArchivedProfile],
    ) -> None:
        self._said, self._sensors, self._profiles = said, sensors, profiles
        self._keys = pa.array([each.key for each in sensors.values()], pa.string())
        self._key_of = {sensor_id: place for place, sensor_id in enumerate(sensors)}
        self._writer = parquet.ParquetWriter(
            path,
            pa.schema([pa.field(name, kind) for name, kind in _FIELDS]),
            compression="zstd",
            compression_level=ZSTD_LEVEL,
            use_dictionary=_IN_DICTIONARIES,
            column_encoding=_ENCODINGS,
            write_page_checksum=True,
            store_schema=False,
        )
        self._waiting: list[Any] = []
        self._waiting_rows = self._groups = self.readings = 0
        # Of the sensor that is being written, a check value for each group so far.
        self._checks = [0]
        self.parts: list[FiledPart] = []

    def write(
        self, sensor_id: int, pages: Sequence[ReadingColumns] | Iterator[ReadingColumns], *, is_derived: bool
    ) -> None:
        """All readings of one sensor, in their order.

        Args:
            pages: none of them empty; at least one.
            is_derived: physical values are left out. Whoever says so has proven it.
        """
        first_group, digest, readings, first_us, last_us = self._groups, hashlib.sha256(), 0, 0, 0
        self._checks = [0]
        for page in pages:
            first_us = first_us if readings else int(page.t_us[0])
            readings, last_us = readings + page.t_us.size, int(page.t_us[-1])
            if is_derived:
                digest.update(_plain(page.physical))
            self._add(sensor_id, page, is_derived=is_derived)
        self.readings += readings
        end_group = self._groups + bool(self._waiting_rows)
        checks = self._checks[: end_group - first_group]
        self.parts.append(
            FiledPart(
                sensor_id, readings, first_us, last_us, first_group, end_group, is_derived,
                digest.hexdigest() if is_derived else None, checks if is_derived else None,
            )
        )  # fmt: skip

    def close(self) -> None:
        """Writes what is left, and what the file says of itself."""
        self._flush()
        document = {
            "version": VERSION,
            **self._said,
            "sensors": [asdict(each) for each in self._sensors.values()],
            "profiles": [each.document for each in self._profiles.values()],
            "parts": [asdict(each) for each in self.parts],
        }
        self._writer.add_key_value_metadata({METADATA: json.dumps(document)})
        self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._writer.close()

    def _add(self, sensor_id: int, page: ReadingColumns, *, is_derived: bool) -> None:
        table = self._table(sensor_id, page, is_derived=is_derived)
        start = 0
        while start < table.num_rows:
            some = table.slice(start, GROUP_ROWS - self._waiting_rows)
            self._waiting.append(some)
            self._waiting_rows += some.num_rows
            own = page.physical[start : start + some.num_rows]
            self._checks[-1] = zlib.crc32(_plain(own), self._checks[-1])
            start += some.num_rows
            if self._waiting_rows == GROUP_ROWS:
                self._flush()
                self._checks.append(0)

    def _flush(self) -> None:
        if self._waiting_rows:
            self._writer.write_table(pa.concat_tables(self._waiting), row_group_size=GROUP_ROWS)
            self._waiting, self._waiting_rows = [], 0
            self._groups += 1

    def _table(self, sensor_id: int, page: ReadingColumns, *, is_derived: bool) -> Any:  # noqa: ANN401  # pyarrow has no types
        size = page.t_us.size
        has_none = page.profile_id < 0
        numbers = np.zeros(size, np.int32)
        for each in np.unique(page.profile_id[~has_none]).tolist():
            numbers[page.profile_id == each] = self._profiles[each].number
        place = pa.array(np.full(size, self._key_of[sensor_id], np.int32))
        physical = pa.nulls(size, pa.float64()) if is_derived else pa.array(page.physical, from_pandas=True)
        columns = (
            pa.DictionaryArray.from_arrays(place, self._keys),
            pa.array(np.full(size, sensor_id, np.int32)),
            pa.array(page.t_us, pa.int64()).cast(_TIME),
            pa.array(page.raw),
            physical,
            pa.array(numbers, mask=has_none),
            pa.array(page.profile_id, mask=has_none),
            pa.array(page.flags.astype(np.int32)),
        )
        return pa.Table.from_arrays(list(columns), schema=pa.schema([pa.field(*each) for each in _FIELDS]))


class ArchivedFile:
    """A file that was written here, open for reading.

    Args:
        source: an open file that can be sought.

    Raises:
        FileDamaged: it is no such file, or is not whole.
    """

    def __init__(self, source: Any) -> None:  # noqa: ANN401  # pyarrow's, or Python's
        try:
            self._file = parquet.ParquetFile(source, page_checksum_verification=True, pre_buffer=False)
            self.document = json.loads(self._file.metadata.metadata[METADATA.encode()])
        except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
            raise FileDamaged(str(error)) from error
        self.parts = {each["sensor_id"]: FiledPart(**each) for each in self.document["parts"]}
        profiles = [ArchivedProfile(**each) for each in self.document["profiles"]]
        self._derivation = Derivation({each.profile_id: each for each in profiles})

    @property
    def groups(self) -> int:
        """How many groups of rows it has."""
        return self._file.num_row_groups

    def expect(self, sensor_id: int, readings: int, first_us: int, last_us: int) -> None:
        """Checks that it is the file that the database has noted, and no other under its name.

        Raises:
            FileDamaged: a part is not what was noted of it.
        """
        part = self.parts.get(sensor_id)
        if part is None or (part.readings, part.first_us, part.last_us) != (readings, first_us, last_us):
            raise FileDamaged(f"it holds other readings of sensor {sensor_id} than were filed under its name")

    def read(
        self, sensor_id: int, from_us: int, to_us: int, *, is_descending: bool = False
    ) -> Iterator[ReadingColumns]:
        """A sensor's readings in `[from_us, to_us)`, in their order, a group of rows at a time.

        Args:
            is_descending: the last group comes first.

        Raises:
            FileDamaged: they can't be read as they were written.
        """
        part = self.parts.get(sensor_id)
        if part is None:
            raise FileDamaged(f"it has no part of sensor {sensor_id}")
        groups = range(part.first_group, part.end_group)
        for group in reversed(groups) if is_descending else groups:
            if self._may_hold(group, from_us, to_us):
                columns = self._columns(group, part)
                bounds = np.searchsorted(columns.t_us, np.array([from_us, to_us]))
                rows = np.arange(int(bounds[0]), int(bounds[1]))
                if rows.size:
                    yield columns.take(rows)

    def check(self) -> None:
        """Reads everything.

        Raises:
            FileDamaged: something is not as it was written.
        """
        for part in self.parts.values():
            readings, digest = 0, hashlib.sha256()
            for columns in self.read(part.sensor_id, part.first_us, part.last_us + 1):
                readings += columns.t_us.size
                digest.update(_plain(columns.physical))
            if readings != part.readings:
                raise FileDamaged(
                    f"of sensor {part.sensor_id} it has {readings:,} readings, not {part.readings:,}"
                )
            if part.is_derived and digest.hexdigest() != part.physical_sha256:
                raise FileDamaged(_differs(part))

    def _may_hold(self, group: int, from_us: int, to_us: int) -> bool:
        """Whether the group may hold readings of this time, by the times in the file of all its sensors."""
        times = self._file.metadata.row_group(group).column(_FIELDS.index(("time", _TIME))).statistics
        if times is None or not times.has_min_max:
            return True
        low, high = (pa.scalar(each, _TIME).value for each in (times.min, times.max))
        return low < to_us and high >= from_us

    def _columns(self, group: int, part: FiledPart) -> ReadingColumns:
        try:
            table = self._file.read_row_group(group, columns=list(_READ), use_threads=False)
        except (pa.ArrowException, OSError) as error:
            raise FileDamaged(str(error)) from error
        sensor_id = table["sensor_id"].to_numpy()
        own = slice(*np.searchsorted(sensor_id, [part.sensor_id, part.sensor_id + 1]).tolist())
        if own.stop - own.start < sensor_id.size:
            own_rows = np.flatnonzero(sensor_id == part.sensor_id)
            table = table.take(pa.array(own_rows))
        raw: NDArray[np.float64] = table["raw"].to_numpy()
        profile_id: NDArray[np.int32] = table["profile_id"].fill_null(-1).to_numpy().astype(np.int32)
        physical = self._physical(table, raw, profile_id, part, group)
        return ReadingColumns(
            t_us=table["time"].cast(pa.int64()).to_numpy(),
            raw=raw,
            physical=physical,
            sensor_id=np.full(raw.size, part.sensor_id, np.int32),
            profile_id=profile_id,
            flags=table["flags"].to_numpy().astype(np.uint16),
        )

    def _physical(
        self,
        table: Any,  # noqa: ANN401  # pyarrow's
        raw: NDArray[np.float64],
        profile_id: NDArray[np.int32],
        part: FiledPart,
        group: int,
    ) -> NDArray[np.float64]:
        if not part.is_derived:
            return table["physical"].cast(pa.float64()).to_numpy()
        physical = self._derivation.physical(raw, profile_id)
        if physical is None:
            raise FileDamaged(f"a profile of sensor {part.sensor_id} is missing from it")
        checks = part.physical_crc32
        if checks is not None and zlib.crc32(_plain(physical)) != checks[group - part.first_group]:
            raise FileDamaged(_differs(part))
        return physical


def _differs(part: FiledPart) -> str:
    return f"the profiles of sensor {part.sensor_id} do not give its physical values any more"


def _plain(physical: NDArray[np.float64]) -> bytes:
    """One NaN for all."""
    return np.where(np.isnan(physical), np.nan, physical).astype("<f8").tobytes()
