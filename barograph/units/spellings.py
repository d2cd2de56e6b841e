"""All spellings of the tables, looked up: as they are, then without regard to case.

A text that is not written as in the tables may still be meant by one of them: `RPM`, `Mbar`, `KHZ`. Where
spellings that differ only in case mean different units, the text means each of them.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from barograph.units import names, symbols, words
from barograph.units.scale import Dimension, UnitScale, scale_of


class UnitDefinition(NamedTuple):
    """A unit of the tables: what to call it, and its scale, worked out when it is needed."""

    name: str
    expression: str
    prefix: str = ""
    offset: Fraction = Fraction(0)
    level: str = ""
    """What it is a logarithm of, if it is one."""

    @property
    def scale(self) -> UnitScale:
        if self.level:
            return UnitScale(_level(self.level), Fraction(1), self.offset, is_level=True)
        return scale_of(self.expression).times(_FACTORS[self.prefix])._replace(offset=self.offset)


Definitions = tuple[UnitDefinition, ...]

_FACTORS: Mapping[str, Fraction] = {"": Fraction(1), **symbols.PREFIXES, **words.PREFIX_WORDS}


def look_up(text: str) -> Definitions:
    """The meanings of the text as one name, without product and power; none if it is no name."""
    if len(text) == 1:
        return _exact().get(text) or (_folded().get(text, ()) if text in _PLAIN else ())
    joined = "".join(text.replace("_", " ").split())
    return (
        _exact().get(text)
        or (_names_alone().get(joined) if len(joined) >= _JOINED else None)
        or _with_prefix_as_written(text, _folded().get(text.lower(), ()))
        or (_folded_names().get(joined.lower()) if len(joined) >= _JOINED else None)
        or ()
    )


def _with_prefix_as_written(text: str, found: Definitions) -> Definitions:
    """The meanings without M as milli and m as mega, unless both are in question."""
    swapped = [each for each in found if each.prefix in ("m", "M") and each.prefix != text[0]]
    return () if len(swapped) == len(found) else found


_JOINED = 3
"""From how many characters on a name may be written with spaces in it: `mm Hg`, `deg C`."""
_PLAIN = frozenset(each for each in words.PLAIN_NUMBERS.split() if len(each) == 1)


def _level(name: str) -> Dimension:
    return ((f"[level of {name}]", Fraction(1)),)


@functools.cache
def _exact() -> Mapping[str, Definitions]:
    """All spellings but words, case and all."""
    return {**dict(_symbols()), **_names_alone()}


@functools.cache
def _names_alone() -> Mapping[str, Definitions]:
    """The spellings that are no symbol, for `m Pa` is no millipascal."""
    table = dict(_single())
    table.update(_pressures({**dict(_symbols()), **table}))
    table.update(_several(table))
    return table


@functools.cache
def _folded() -> Mapping[str, Definitions]:
    """All spellings in lower case; words and plain numbers are only here."""
    return _in_lower_case([*_exact().items(), *_words()])


@functools.cache
def _folded_names() -> Mapping[str, Definitions]:
    return _in_lower_case(_names_alone().items())


def _in_lower_case(spelled: Iterable[tuple[str, Definitions]]) -> Mapping[str, Definitions]:
    """Everything that any case means, by spelling in lower case."""
    table: dict[str, dict[UnitScale, UnitDefinition]] = {}
    for spelling, definitions in spelled:
        meant = table.setdefault(spelling.lower(), {})
        for definition in definitions:
            meant.setdefault(definition.scale, definition)
    return {spelling: tuple(meant.values()) for spelling, meant in table.items()}


def _single() -> Iterator[tuple[str, Definitions]]:
    for spellings, expression in [*names.NAMES, *names.NORMAL_VOLUMES]:
        yield from _spelled(spellings, UnitDefinition(spellings.split()[0], expression))
    for spellings, name, slope, offset in names.TEMPERATURES:
        yield from _spelled(spellings, _temperature(name, slope, offset))
    for spellings, of, offset in names.LEVELS:
        name = spellings.split()[0]
        yield from _spelled(spellings, UnitDefinition(name, "", offset=Fraction(offset), level=of))


def _temperature(name: str, slope: str, offset: str) -> UnitDefinition:
    return UnitDefinition(name, f"{slope} * kelvin", offset=Fraction(offset))


def _spelled(spellings: str, *definitions: UnitDefinition) -> Iterator[tuple[str, Definitions]]:
    for spelling in spellings.split():
        yield spelling, definitions


def _symbols() -> Iterator[tuple[str, Definitions]]:
    for spellings, expression, prefixes in symbols.SYMBOLS:
        for spelling in spellings.split():
            yield spelling, (UnitDefinition(spelling, expression),)
            for prefix in prefixes:
                made = UnitDefinition(prefix + spelling, expression, prefix)
                for start in symbols.MICRO if prefix == "u" else (prefix,):
                    yield start + spelling, (made,)


def _pressures(table: Mapping[str, Definitions]) -> Iterator[tuple[str, Definitions]]:
    for pressure in names.PRESSURES.split():
        per_area = "kilogram * standard_gravity / centimetre**2"
        plain = table[pressure][0] if pressure in table else UnitDefinition(pressure, per_area)
        for kind, marks in names.PRESSURE_MARKS.items():
            own = "" if kind == "absolute" else f" * own_{kind}"
            made = plain._replace(name=pressure + marks[0], expression=plain.expression + own)
            yield from ((pressure + mark, (made,)) for mark in marks)


def _several(table: Mapping[str, Definitions]) -> Iterator[tuple[str, Definitions]]:
    for spelling, meant in names.AMBIGUOUS.items():
        yield spelling, tuple(UnitDefinition(name, expression) for name, expression in meant)
    for spellings, angle, number in names.REVOLUTIONS:
        for spelling in spellings.split():
            yield (
                spelling,
                (UnitDefinition(f"{spelling} as an angle", angle), UnitDefinition(spelling, number)),
            )
    for letter, charge, temperature in (names.COULOMB_OR_CELSIUS, names.FARAD_OR_FAHRENHEIT):
        yield letter, (UnitDefinition(charge, charge), *table[temperature])


def _words() -> Iterator[tuple[str, Definitions]]:
    for spellings, expression in [*words.PREFIXED_WORDS, *words.WORDS]:
        for spelling in _plural(spellings):
            yield spelling, (UnitDefinition(spelling, expression),)
    for spellings, expression in words.PREFIXED_WORDS:
        for spelling in _plural(spellings):
            for prefix in words.PREFIX_WORDS:
                yield prefix + spelling, (UnitDefinition(prefix + spelling, expression, prefix),)
    yield from _spelled(words.PLAIN_NUMBERS, UnitDefinition("a plain number", "1"))


def _plural(spellings: str) -> Iterator[str]:
    for spelling in spellings.split():
        yield spelling
        yield f"{spelling}s"
