"""EPICS: breakpoint tables, and how analog input (ai) records convert.

    database = epics.read(text)
    database.table("typeJdegC")
    database.record("rig7:inlet:pressure", raw_range=(0, 4095))

An ai record computes val = (rval + ROFF) · ASLO + AOFF, and from that, by LINR, nothing more (NO CONVERSION),
val · ESLO + EOFF (SLOPE), the same with the slope that takes the device's raw range to EGUL … EGUF (LINEAR),
or a breakpoint table's value. Beyond its ends the outer lines of a table go on, with an alarm.
Source: EPICS Record Reference Manual, analog input record; EPICS Base, application developer's guide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conversion.errors import ImportRefused
from conversion.importers.epics_text import Group, groups
from conversion.importers.rule import PlainProfile, number, profile

Points = Sequence[list[float]]

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
            raw_range: what the device gives at EGUL and at EGUF. Only LINEAR needs it; no field holds it.

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
        unit = self.text("EGU", "").strip()
        return {"output_unit": unit} if unit else {}


def _no_conversion(record: _Record, raw_range: tuple[float, float] | None) -> tuple[float, float]:
    del record, raw_range
    return _IDENTITY


def _slope(record: _Record, raw_range: tuple[float, float] | None) -> tuple[float, float]:
    del raw_range
    return record.number("ESLO", 1.0), record.number("EOFF", 0.0)


def _linear(record: _Record, raw_range: tuple[float, float] | None) -> tuple[float, float]:
    if raw_range is None or raw_range[0] == raw_range[1]:
        raise ImportRefused(record.rule, "LINEAR depends on the device's raw range, which must be given")
    (lo, hi), egul, eguf = raw_range, record.number("EGUL", 0.0), record.number("EGUF", 0.0)
    return (eguf - egul) / (hi - lo), (hi * egul - lo * eguf) / (hi - lo)


_LINES = {"NO CONVERSION": _no_conversion, "SLOPE": _slope, "LINEAR": _linear}


def _after(before: tuple[float, float], line: tuple[float, float]) -> tuple[float, float]:
    """Slope and offset of `line` applied to what `before` gives."""
    return line[0] * before[0], line[0] * before[1] + line[1]
