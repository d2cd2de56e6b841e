"""The grammar of expressions, and its translation into a program.

    comparison = sum [("<" | "<=" | ">" | ">=") sum]
    sum        = product {("+" | "-") product}
    product    = signed {("*" | "/") signed}
    signed     = ("+" | "-") signed | power
    power      = operand ["**" signed]
    operand    = number | name | function "(" comparison {"," comparison} ")" | "(" comparison ")"

Precedence is Python's. `raw`, `pi` and `e` are names, others are given; functions are those of
`conversion.expressions.program`. Length, number of symbols and depth are bounded, so reading costs next to
nothing.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, final

from conversion.expressions.program import FUNCTIONS, ExpressionRefused, Program

MAX_LENGTH = 1000
MAX_SYMBOLS = 400
MAX_DEPTH = 32
RAW = "raw"
CONSTANTS = {"pi": math.pi, "e": math.e}

_SYMBOL = re.compile(
    r" *(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_.])"
    r"|[A-Za-z_][A-Za-z0-9_]*"
    r"|\*\*|<=|>=|[-+*/(),<>])"
)


def compile_expression(text: str, inputs: Sequence[str]) -> Program:
    """Translate an expression over `raw` and further inputs, which are the columns from 1 on.

    Raises `ExpressionRefused`, saying where.
    """
    columns = {name: column for column, name in enumerate((RAW, *inputs))}
    return _Reader(_symbols(text), columns).read()


class _Symbol(NamedTuple):
    text: str
    place: int
    """Position of its first character, from 1."""


def _symbols(text: str) -> list[_Symbol]:
    """The symbols of a text, the last of them an empty one."""
    if len(text) > MAX_LENGTH:
        raise ExpressionRefused(f"may have {MAX_LENGTH} characters at most")
    text = text.rstrip(" ")
    symbols: list[_Symbol] = []
    end = 0
    while end < len(text):
        found = _SYMBOL.match(text, end)
        if found is None:
            raise ExpressionRefused(f"makes no sense from character {end + 1} on")
        word = found[0].lstrip(" ")
        end = found.end()
        symbols.append(_Symbol(word, end - len(word) + 1))
    if len(symbols) > MAX_SYMBOLS:
        raise ExpressionRefused(f"may have {MAX_SYMBOLS} numbers, names and signs at most")
    return [*symbols, _Symbol("", end + 1)]


@final
class _Reader:
    """Reads symbols from first to last; each rule of the grammar is a method."""

    def __init__(self, symbols: Sequence[_Symbol], columns: Mapping[str, int]) -> None:
        self._symbols = iter(symbols)
        self._next = next(self._symbols)
        self._columns = columns
        self._program = Program()
        self._depth = 0

    def read(self) -> Program:
        self._comparison()
        if self._next.text:
            raise self._refusal(f"{self._next.text} was not expected")
        return self._program

    def _comparison(self) -> None:
        self._sum()
        if self._next.text in ("<", "<=", ">", ">="):
            sign = self._take()
            self._sum()
            self._apply(sign)

    def _sum(self) -> None:
        self._product()
        while self._next.text in ("+", "-"):
            sign = self._take()
            self._product()
            self._apply(sign)

    def _product(self) -> None:
        self._signed()
        while self._next.text in ("*", "/"):
            sign = self._take()
            self._signed()
            self._apply(sign)

    def _signed(self) -> None:
        self._depth += 1  # every way into the depth leads through here
        if self._depth > MAX_DEPTH:
            raise self._refusal(f"nested deeper than {MAX_DEPTH} levels")
        if self._next.text in ("+", "-"):
            sign = self._take()
            self._signed()
            if sign.text == "-":
                self._apply(_Symbol("negative", sign.place))
        else:
            self._power()
        self._depth -= 1

    def _power(self) -> None:
        self._operand()
        if self._next.text == "**":
            sign = self._take()
            self._signed()
            self._apply(sign)

    def _operand(self) -> None:
        symbol = self._take()
        if symbol.text == "(":
            self._comparison()
            self._expect(")")
        elif symbol.text in FUNCTIONS:
            self._call(symbol)
        elif symbol.text in self._columns:
            self._program.push_column(self._columns[symbol.text])
        elif symbol.text[:1] in tuple("0123456789.") or symbol.text in CONSTANTS:
            self._push_number(symbol)
        else:
            raise self._refusal(_surprise(symbol.text), symbol)

    def _call(self, function: _Symbol) -> None:
        arity = FUNCTIONS[function.text].arity
        for sign in "(" + "," * (arity - 1):
            self._expect(sign)
            self._comparison()
        self._expect(")")
        self._apply(function)

    def _push_number(self, symbol: _Symbol) -> None:
        try:
            self._program.push_number(CONSTANTS.get(symbol.text) or float(symbol.text))
        except ExpressionRefused as refusal:
            raise self._refusal(str(refusal), symbol) from None

    def _apply(self, symbol: _Symbol) -> None:
        try:
            self._program.apply(symbol.text)
        except ExpressionRefused as refusal:
            raise self._refusal(str(refusal), symbol) from None

    def _take(self) -> _Symbol:
        symbol = self._next
        self._next = next(self._symbols, symbol)
        return symbol

    def _expect(self, sign: str) -> None:
        if self._next.text != sign:
            raise self._refusal(f"{sign} was expected")
        self._take()

    def _refusal(self, detail: str, symbol: _Symbol | None = None) -> ExpressionRefused:
        return ExpressionRefused(f"at character {(symbol or self._next).place}: {detail}")


def _surprise(word: str) -> str:
    if not word:
        return "ends too soon"
    return f"{word} is unknown" if word[0].isalpha() or word[0] == "_" else f"{word} was not expected"
