"""ASAM MCD-2 MC (A2L) COMPU_METHODs: how a control unit's numbers become physical values.

    methods = a2l.read(text)
    methods.profile("CM.TEMP")

IDENTICAL, LINEAR, RAT_FUNC, TAB_INTP, TAB_NOINTP, TAB_VERB and FORM, with the COMPU_TAB, COMPU_VTAB and
COMPU_VTAB_RANGE they name. RAT_FUNC states raw as a function of physical and is inverted here, which
gives one physical value only where it is a quotient of lines. Source: ASAM MCD-2 MC 1.6, COMPU_METHOD.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from conversion.errors import ImportRefused
from conversion.importers import algebra, codes
from conversion.importers.a2l.text import Block, blocks
from conversion.importers.algebra import FormulaSyntax
from conversion.importers.rule import PlainProfile, number, profile, unit_field

_TABLES = frozenset({"COMPU_TAB", "COMPU_VTAB", "COMPU_VTAB_RANGE"})
_CONVERSION, _UNIT = 1, 3  # places after the name: long identifier, conversion type, format, unit
_COUNT = {"COMPU_TAB": 2, "COMPU_VTAB": 2, "COMPU_VTAB_RANGE": 1}  # place of a table's number of rows
_WIDTH = {"COMPU_TAB": 2, "COMPU_VTAB": 2, "COMPU_VTAB_RANGE": 3}  # of a row
_NO_UNIT = {"", "-"}
_VERSION = re.compile(r"\bASAP2_VERSION\s+(\d{1,4})\s+(\d{1,4})\b")
_MAX_HEAD = 100_000
_GENERAL_SYNTAX_SINCE = (1, 60)


@dataclass(frozen=True, slots=True)
class CompuMethods:
    """The conversion methods of a text, by name, and the tables they use."""

    methods: Mapping[str, Block]
    tables: Mapping[str, Block]
    syntax: FormulaSyntax = FormulaSyntax.UNKNOWN

    def profile(self, name: str, *, raw_is_integer: bool = True) -> PlainProfile:
        """The profile that does what the method does.

        Args:
            name: the method's.
            raw_is_integer: whether the values it is used for are whole numbers, as in most control units;
                if so, the upper end of a COMPU_VTAB_RANGE belongs to the range.

        Raises:
            ImportRefused: there is no such method, it is malformed, or no profile can express it.
        """
        block = self.methods.get(name)
        if block is None:
            raise ImportRefused(f"COMPU_METHOD {name}", "there is none of this name")
        if block.after("STATUS_STRING_REF") is not None:
            raise ImportRefused(block.rule, "STATUS_STRING_REF labels some values and converts the others")
        conversion = _CONVERSIONS.get(block.at(_CONVERSION))
        if conversion is None:
            raise ImportRefused(block.rule, f"conversion type {block.at(_CONVERSION)} is not known")
        return _with_unit(conversion(_Method(block, self.tables, self.syntax, raw_is_integer)), block)

    def size(self, name: str) -> int:
        """How many tokens there are to look at: the method's, and those of the table that it names."""
        block = self.methods[name]
        reference = block.after("COMPU_TAB_REF")
        table = self.tables.get(reference[0].text) if reference else None
        return len(block.tokens) + (len(table.tokens) if table else 0)


def read(text: str) -> CompuMethods:
    """The conversion methods in the text of an A2L file, or of a part of one.

    Raises:
        ImportRefused: the text is longer than 64 Mi characters, or ends within a block.
    """
    methods: dict[str, Block] = {}
    tables: dict[str, Block] = {}
    for block in blocks(text, _TABLES | {"COMPU_METHOD"}):
        (tables if block.kind in _TABLES else methods)[block.name] = block
    return CompuMethods(methods, tables, _syntax(text))


def _syntax(text: str) -> FormulaSyntax:
    """The syntax of the standard's version that the file names at its beginning."""
    version = _VERSION.search(text, 0, _MAX_HEAD)
    if not version:
        return FormulaSyntax.UNKNOWN
    is_old = (int(version[1]), int(version[2])) < _GENERAL_SYNTAX_SINCE
    return FormulaSyntax.OLD if is_old else FormulaSyntax.GENERAL


class _Method(NamedTuple):
    block: Block
    tables: Mapping[str, Block]
    syntax: FormulaSyntax
    raw_is_integer: bool

    @property
    def rule(self) -> str:
        return self.block.rule

    def coefficients(self, keyword: str, count: int) -> list[float]:
        tokens = self.block.after(keyword)
        if tokens is None:
            raise ImportRefused(self.rule, f"has no {keyword}")
        return self.block.numbers(tokens, count)

    def table(self, *kinds: str) -> Block:
        reference = self.block.after("COMPU_TAB_REF")
        table = self.tables.get(reference[0].text) if reference else None
        if table is None or table.kind not in kinds:
            raise ImportRefused(self.rule, f"its COMPU_TAB_REF names no {' or '.join(kinds)}")
        return table


def _with_unit(made: PlainProfile, block: Block) -> PlainProfile:
    unit = block.at(_UNIT).strip()
    if unit in _NO_UNIT or made["kind"] == "enumeration":
        return made
    return {"kind": made["kind"], "payload": {**made["payload"], **unit_field(unit)}}


def _identical(method: _Method) -> PlainProfile:
    return profile(method.rule, "identity", {})


def _linear(method: _Method) -> PlainProfile:
    slope, offset = method.coefficients("COEFFS_LINEAR", 2)
    return profile(method.rule, "linear", {"slope": slope, "offset": offset})


def _rational(method: _Method) -> PlainProfile:
    """raw = (a·p² + b·p + c) / (d·p² + e·p + f), solved for p."""
    a, b, c, d, e, f = method.coefficients("COEFFS", 6)
    if a != 0 or d != 0:
        raise ImportRefused(method.rule, "RAT_FUNC with squares has two physical values for one raw value")
    if b * f == c * e:
        raise ImportRefused(method.rule, "RAT_FUNC gives the same raw value for every physical value")
    if e == 0:
        return profile(method.rule, "linear", {"slope": f / b, "offset": 0.0 - c / b})
    return profile(method.rule, "rational", {"numerator": [c, 0.0 - f], "denominator": [0.0 - b, e]})


def _interpolated(method: _Method) -> PlainProfile:
    """Straight lines between the points; beyond them the outer values hold."""
    table, points = _points(method)
    if table.after("DEFAULT_VALUE_NUMERIC") is not None:
        raise ImportRefused(method.rule, "TAB_INTP with a DEFAULT_VALUE_NUMERIC beyond its points")
    return profile(method.rule, "piecewise_linear", {"points": points, "out_of_domain": "clamp"})


def _not_interpolated(method: _Method) -> PlainProfile:
    """Only raw values that stand in the table have a physical value of their own."""
    table, points = _points(method)
    ranges = [{"from": raw, "to": math.nextafter(raw, math.inf), "value": value} for raw, value in points]
    default = table.after("DEFAULT_VALUE_NUMERIC")
    rest = {"out_of_domain": "null"} if default is None else {"default": table.numbers(default, 1)[0]}
    return profile(method.rule, "range_map", {"ranges": ranges, **rest})


def _verbal(method: _Method) -> PlainProfile:
    table = method.table("COMPU_VTAB", "COMPU_VTAB_RANGE")
    label = _single_label if table.kind == "COMPU_VTAB" else _range_label
    labels = [label(method, row) for row in _rows(table, _WIDTH[table.kind])]
    default = table.after("DEFAULT_VALUE")
    return codes.enumeration(method.rule, labels, default[0].text if default else None)


def _single_label(method: _Method, row: list[str]) -> codes.Labelled:
    return codes.single(number(method.rule, row[0]), row[1])


def _range_label(method: _Method, row: list[str]) -> codes.Labelled:
    lo, hi = number(method.rule, row[0]), number(method.rule, row[1])
    return codes.Labelled(*codes.span(method.rule, lo, hi, is_integer=method.raw_is_integer), row[2])


def _formula(method: _Method) -> PlainProfile:
    formula = method.block.after("FORMULA")
    if not formula:
        raise ImportRefused(method.rule, "FORM without a FORMULA")
    return algebra.profile_of(method.rule, formula[0].text, method.syntax)


_CONVERSIONS: Mapping[str, Callable[[_Method], PlainProfile]] = {
    "IDENTICAL": _identical,
    "LINEAR": _linear,
    "RAT_FUNC": _rational,
    "TAB_INTP": _interpolated,
    "TAB_NOINTP": _not_interpolated,
    "TAB_VERB": _verbal,
    "FORM": _formula,
}


def _points(method: _Method) -> tuple[Block, list[list[float]]]:
    table = method.table("COMPU_TAB")
    rows = _rows(table, _WIDTH[table.kind])
    return table, sorted([number(table.rule, text) for text in row] for row in rows)


def _rows(table: Block, width: int) -> list[list[str]]:
    place = _COUNT[table.kind]
    count = number(table.rule, table.at(place))
    texts = [token.text for token in table.tokens[place + 1 :]]
    if not (count.is_integer() and 0 < count * width <= len(texts)):
        raise ImportRefused(table.rule, f"announces {count:g} rows, holds fewer")
    return [texts[width * i : width * (i + 1)] for i in range(int(count))]
