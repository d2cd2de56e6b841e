"""How a table is read: which column means what. Guessed for a file, then confirmed by whoever imports it."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from barograph.tables.files.dialect import Dialect
from barograph.tables.files.formats import Format
from barograph.tables.times.instants import TimeColumn

MAX_COLUMNS = 2000
BATCH_READINGS = 50_000
_EXAMPLE: JsonValue = {
    "format": "csv",
    "csv": {"delimiter": ";", "decimal_comma": True},
    "time": {"column": "Zeit", "format": "pattern", "pattern": "%d.%m.%Y %H:%M:%S", "zone": "Europe/Berlin"},
    "columns": {"Druck [bar]": "rig-7.inlet.pressure"},
    "units": {"rig-7.inlet.pressure": "bar"},
}
Reference = Annotated[str, Field(min_length=1, max_length=500)]


class TableMapping(BaseModel):
    """Long tables have a reading per row, and name its sensor; wide ones have a column per sensor."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    format: Format
    csv: Dialect | None = Field(default=None, description="Of CSV files")
    time: TimeColumn
    sensor: str | None = Field(default=None, description="Long: the column that names each reading's sensor")
    value: str | None = Field(default=None, description="Long: the column of values")
    names: dict[str, Reference] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_COLUMNS,
        description="Long: keys or ids of sensors by what the rows name; rows with other names are left out. "
        "Without it, rows name keys or ids themselves",
    )
    columns: dict[str, Reference] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_COLUMNS,
        description="Wide: columns of values, with the key or id of each one's sensor",
    )
    units: dict[Reference, Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        default={},
        max_length=MAX_COLUMNS,
        description="Units of the file's values by sensor, where these are not its `input_unit`: converted",
    )

    @model_validator(mode="after")
    def _is_one_form(self) -> Self:
        is_long = self.sensor is not None and self.value is not None
        has_long_field = self.sensor is not None or self.value is not None
        if is_long == (self.columns is not None) or (has_long_field and not is_long):
            raise ValueError("name either sensor and value, or columns")
        if self.names is not None and not is_long:
            raise ValueError("names goes with sensor and value")
        if (self.csv is not None) != (self.format == "csv"):
            raise ValueError("csv describes CSV files, and these alone")
        return self

    @property
    def has_decimal_comma(self) -> bool:
        """Whether 1,5 is one and a half."""
        return self.csv is not None and self.csv.decimal_comma

    @property
    def values(self) -> list[str]:
        """The columns of values."""
        return [self.value] if self.value is not None else list(self.columns or ())

    @property
    def batch_rows(self) -> int:
        """How many rows to read at once."""
        return max(1, BATCH_READINGS // len(self.values))

    @property
    def used(self) -> list[str]:
        """Every column that is read, once."""
        names = [*self.time.columns, *([self.sensor] if self.sensor is not None else []), *self.values]
        return list(dict.fromkeys(names))

    @property
    def references(self) -> list[str] | None:
        """The sensors that the description names; None if rows do."""
        said = self.columns if self.columns is not None else self.names
        return None if said is None else list(said.values())
