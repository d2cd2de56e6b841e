"""EPICS: breakpoint tables, and how analog input (ai) records convert.

    database = epics.read(text)
    database.table("typeJdegC")
    database.record("rig7:inlet:pressure", raw_range=(0, 4095))

An ai record computes val = (rval + ROFF) · ASLO + AOFF, and from that, by LINR, nothing more (NO CONVERSION),
val · ESLO + EOFF (SLOPE), the same with the slope that takes the device's raw range to EGUL … EGUF (LINEAR),
or a breakpoint table's value. Device support works ESLO and EOFF out of its raw range for LINEAR; a text that
sets them under LINEAR is for a device that does not. Beyond its ends the outer lines of a table go on, with
an alarm.
Source: EPICS Record Reference Manual, analog input record; EPICS Base, application developer's guide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conversion.errors import ImportRefused
from conversion.importers.epics.text import Group, groups
from conversion.importers.rule import PlainProfile, number, profile, unit_field

Points = Sequence[list[float]]

MAX_SHOWN = 100
"""Points of a table that are shown as its text."""

_IDENTITY = (1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Database:
    """The breakpoint tables and the analog input records of a text, by name."""

    tables: Mapping[str, Points]
    records: Mapping[str, Mapping[str, str]]

    def table(self, name: str) -> PlainProfile:
        """The profile of a breakpoint table.

        Raises:
            ImportRefused: there is no such table, or its raw values neither rise nor fall throughout.
        """
        rule = f"breaktable {name}"
        if name not in self.tables:
            raise ImportRefused(rule, "is not in the text")
        payload = {"points": sorted(self.tables[name]), "out_of_domain": "extrapolate"}
        return profile(rule, "piecewise_linear", payload)

    def record(self, name: str, raw_range: tuple[float, float] | None = None) -> PlainProfile:
        """The profile of an ai record.

        Args:
            name: the record's.
            raw_range: what the device gives at EGUL and at EGUF. No field holds it. LINEAR needs it, unless
                the text sets ESLO and EOFF, as it does for devices that leave them alone.

        Raises:
            ImportRefused: there is no such record, or no profile can express what it does.
        """
        record = _Record(name, self.records.get(name))
        if record.number("SMOO", 0.0) != 0:
            raise ImportRefused(record.rule, "SMOO mixes each value with the one before")
        before = record.adjustment()
        conversion = record.text("LINR", "NO CONVERSION")
        if conversion in _LINES:
            return record.line(_after(before, _LINES[conversion](record, raw_range)))
        table = self.table(conversion)
        stages = [table] if before == _IDENTITY else [record.line(before), table]
        return record.chained(stages)

    def size(self, name: str) -> int:
        """How many points and fields there are to look at for a table or a record."""
        fields = self.records.get(name, {})
        table = name if name in self.tables else fields.get("LINR", "")
        return len(fields) + len(self.tables.get(table, ()))

    def text(self, name: str) -> str:
        """A table or a record, as it could stand in a file, from its beginning."""
        if name in self.tables:
            points = " ".join(f"{raw:g} {value:g}" for raw, value in self.tables[name][:MAX_SHOWN])
            return f"breaktable({name}) {{ {points}"
        fields = " ".join(f'field({field}, "{value}")' for field, value in self.records[name].items())
        return f'record(ai, "{name}") {{ {fields}'


def read(text: str) -> Database:
    """The breakpoint tables and ai records in the text of a .dbd or .db file.

    Raises:
        ImportRefused: a table or record in it is malformed.
    """
    tables: dict[str, Points] = {}
    records: dict[str, dict[str, str]] = {}
    for group in groups(text):
        if group.keyword == "breaktable":
            tables[group.name] = _points(group)
        elif group.keyword == "record" and group.arguments[0] == "ai":
            records.setdefault(group.name, {}).update(group.fields)
    return Database(tables, records)


def _points(group: Group) -> Points:
    rule = f"breaktable {group.name}"
    values = [number(rule, text) for text in group.body]
    if len(values) % 2:
        raise ImportRefused(rule, "a raw value without its engineering value")
    return [values[i : i + 2] for i in range(0, len(values), 2)]


@dataclass(frozen=True, slots=True)
class _Record:
    name: str
    fields: Mapping[str, str] | None

    @property
    def rule(self) -> str:
        return f"record(ai, {self.name!r})"

    def __contains__(self, field: str) -> bool:
        """Whether the text sets the field."""
        return bool(self.fields and self.fields.get(field))

    def text(self, field: str, default: str) -> str:
        if self.fields is None:
            raise ImportRefused(self.rule, "is not in the text")
        return self.fields.get(field, default)

    def number(self, field: str, default: float) -> float:
        text = self.text(field, "")
        return number(f"{self.rule} {field}", text) if text else default

    def adjustment(self) -> tuple[float, float]:
        """Slope and offset of what comes first; an ASLO of 0 counts as 1, as in the record's code."""
        slope = self.number("ASLO", 1.0) or 1.0
        return slope, self.number("ROFF", 0.0) * slope + self.number("AOFF", 0.0)

    def line(self, slope_and_offset: tuple[float, float]) -> PlainProfile:
        slope, offset = slope_and_offset
        return profile(self.rule, "linear", {"slope": slope, "offset": offset, **self.unit()})

    def chained(self, stages: Sequence[PlainProfile]) -> PlainProfile:
        if len(stages) == 1:
            return profile(self.rule, stages[0]["kind"], {**stages[0]["payload"], **self.unit()})
        return profile(self.rule, "chain", {"stages": stages, **self.unit()})

    def unit(self) -> dict[str, str]:
        return unit_field(self.text("EGU", ""))


def _no_conversion(record: _Record, raw_range: tuple[float, float] | None) -> tuple[float, float]:
    del record, raw_range
    return _IDENTITY


def _slope(record: _Record, raw_range: tuple[float, float] | None) -> tuple[float, float]:
    del raw_range
    return record.number("ESLO", 1.0), record.number("EOFF", 0.0)


def _linear(record: _Record, raw_range: tuple[float, float] | None) -> tuple[float, float]:
    if raw_range is None and ("ESLO" in record or "EOFF" in record):
        return _slope(record, raw_range)
    if raw_range is None or raw_range[0] == raw_range[1]:
        raise ImportRefused(
            record.rule, "LINEAR without ESLO and EOFF depends on the device's raw range, which must be given"
        )
    (lo, hi), egul, eguf = raw_range, record.number("EGUL", 0.0), record.number("EGUF", 0.0)
    return (eguf - egul) / (hi - lo), (hi * egul - lo * eguf) / (hi - lo)


_LINES = {"NO CONVERSION": _no_conversion, "SLOPE": _slope, "LINEAR": _linear}


def _after(before: tuple[float, float], line: tuple[float, float]) -> tuple[float, float]:
    """Slope and offset of `line` applied to what `before` gives."""
    return line[0] * before[0], line[0] * before[1] + line[1]
