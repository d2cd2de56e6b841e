import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conversion import (
    KINDS,
    CompiledProfile,
    Flag,
    InvalidProfile,
    NotInvertible,
    ProfileSet,
    compile_profile,
)
from conversion.expressions.program import FUNCTIONS
from conversion.kinds.expression import KIND


def expression(text: object, **payload: object) -> CompiledProfile:
    return compile_profile({"kind": "expression", "payload": {"expression": text, **payload}})


def value(text: str, raw: float = 0.0) -> float:
    return float(expression(text).convert(np.array([raw])).physical[0])


def refusal(text: object, **payload: object) -> dict[str, str]:
    with pytest.raises(InvalidProfile) as caught:
        expression(text, **payload)
    return dict(caught.value.errors)


def test_the_sht1x_compensates_humidity_as_its_datasheet_says() -> None:
    # Sensirion SHT1x data sheet, section 4: 12 bits, c1 = -2.0468, c2 = 0.0367, c3 = -1.5955e-6,
    # t1 = 0.01, t2 = 8e-5. At 25 °C there is nothing to compensate; SO = 1000 gives 33.0577 %.
    humidity = compile_profile({"kind": "expression", "payload": dict(KIND.example)})
    assert humidity.channels == ("temperature",)
    converted = humidity.convert(np.array([1000.0, 1000]), {"temperature": np.array([25.0, 35])})
    assert_allclose(converted.physical, [33.0577, 33.0577 + 10 * 0.09], rtol=1e-12)


def test_precedence_is_pythons() -> None:
    texts = [
        *("1+2*3", "2*3**2", "-2**2", "2**-1", "2**3**2", "8/4/2", "1-2-3", "-(1+2)*3", "+-+2", "(2)"),
        *("1<2", "2<=1", "1+1>=2", "3>2", ".5*2.", "1e3/1E-3", "2*-3", "((((1))))"),
    ]
    for text in texts:
        assert value(text) == float(eval(text)), text  # noqa: S307 - the texts stand right here


def test_functions_are_numpys() -> None:
    for name, operation in FUNCTIONS.items():
        numbers = (0.25, 0.75, 0.5)[: operation.arity]
        function: Callable[..., float] = getattr(np, {"min": "minimum", "max": "maximum"}.get(name, name))
        expected = function(*numbers)
        assert value(f"{name}({', '.join(map(str, numbers))})") == expected, name
        assert value(f"{name}({', '.join(['raw', *map(str, numbers[1:])])})", 0.25) == expected, name


def test_constants_and_blanks() -> None:
    assert value("  pi *   e ") == math.pi * math.e
    assert_array_equal(expression("5").convert(np.array([1.0, np.nan, 3])).physical, [5, np.nan, 5])


def test_where_chooses_row_by_row() -> None:
    physical = expression("where(raw > 2, raw, -raw)").convert(np.array([1.0, 2, 3])).physical
    assert_array_equal(physical, [-1, -2, 3])


def test_raw_alone_comes_back_as_a_copy() -> None:
    raw = np.array([1.0, 2])
    physical = expression("raw").convert(raw).physical
    assert_array_equal(physical, raw)
    assert not np.shares_memory(physical, raw)


def test_what_cannot_be_computed_is_flagged() -> None:
    physical, flags = expression("1 / raw + sqrt(raw)").convert(np.array([0.0, -1, 4]))
    assert_array_equal(physical, [np.nan, np.nan, 2.25])
    assert_array_equal(flags, [Flag.NOT_FINITE, Flag.NOT_FINITE, 0])


def test_inputs_are_other_channels() -> None:
    ratio = expression("raw / ref", inputs={"ref": "reference"})
    physical, flags = ratio.convert(np.array([1.0, 2, 3]), {"reference": np.array([2.0, np.nan, 0])})
    assert_array_equal(physical, [0.5, np.nan, np.nan])
    assert_array_equal(flags, [0, Flag.MISSING_AUXILIARY, Flag.NOT_FINITE])


def test_one_formula_with_many_numbers_is_computed_together_as_each_alone() -> None:
    texts = [
        f"{k} * raw ** {exponent} + exp(-{k} * raw) * t" for k in (1, 2.5) for exponent in (0.5, 2, 2.1, -1)
    ]
    members = [expression(text, inputs={"t": "t"}) for text in texts]
    which = np.repeat(np.arange(len(members)), 40)
    rng = np.random.default_rng(1)
    raw, t = rng.uniform(0.1, 3, which.size), rng.normal(size=which.size)
    mixed = ProfileSet(members).convert(which, raw, [t]).physical
    alone = [members[k].convert(raw[which == k], {"t": t[which == k]}).physical for k in range(len(members))]
    assert_array_equal(mixed, np.concatenate(alone))


def test_an_expression_has_no_inverse() -> None:
    with pytest.raises(NotInvertible):
        expression("2 * raw").inverse(np.ones(1))


HOSTILE = [
    # Attributes, subscripts, calls of what is no function, and everything else that Python has.
    *("raw.__class__", "raw.dtype", "().__class__.__bases__[0].__subclasses__()", "raw[0]", "raw[::0]"),
    *("__import__('os').system('true')", "eval('1')", "exec('1')", "open('x')", "print(raw)", "np.ones(9)"),
    *(
        "lambda: 1",
        "(lambda x: x)(1)",
        "[x for x in raw]",
        "(x for x in raw)",
        "{1: 2}",
        "{1}",
        "[1]",
        "(1,)",
    ),
    *(
        "x := 1",
        "raw = 1",
        "raw; raw",
        "raw if raw else raw",
        "raw and raw",
        "not raw",
        "raw or 1",
        "raw in 1",
    ),
    *(
        "1 < raw < 2",
        "raw == 1",
        "raw != 1",
        "raw // 2",
        "raw % 2",
        "raw @ raw",
        "raw & 1",
        "raw | 1",
        "~raw",
    ),
    *(
        "raw ^ 2",
        "raw << 9",
        "raw >> 9",
        "'a'",
        '"a"',
        "b'a'",
        "f'{raw}'",
        "...",
        "None",
        "True",
        "nan",
        "inf",
    ),
    *(
        "1j",
        "0x10",
        "0b1",
        "1_000",
        "1__",
        "2x",
        "1e",
        "1e+",
        "1.2.3",
        "..",
        "1 2",
        "raw raw",
        "raw(1)",
        "pi()",
    ),
    *(
        "sqrt",
        "sqrt raw",
        "sqrt()",
        "sqrt(1, 2)",
        "sqrt(*raw)",
        "sqrt(x=1)",
        "min(1)",
        "where(1, 2)",
        "sqrt((1)",
    ),
    *(
        "abs(raw)(raw)",
        "sqrt(sqrt)",
        "import os",
        "import",
        "def",
        "raw\nraw",
        "raw#",
        "raw\\",
        "raw\x00",
        "raw$",
    ),
    *("\u0440aw", "\uff52\uff41\uff57", "\u00b2", "\u0661", "raw\u00a0+ 1", "raw \u2212 1", "\u221araw"),
    # Memory and time.
    *(
        "9**9**9",
        "9**9**9**9",
        "10**400",
        "raw**1e9",
        "raw**-1e9",
        "raw**65",
        "2.0**(8*8+1)",
        "1e999",
        "-1e999",
    ),
    *("1/0", "0/0", "log(0)", "log(-1)", "sqrt(-1)", "exp(1e9)", "exp(exp(exp(9)))", "0**-1", "tan(1e400)"),
    *("9" * 400, "(" * 33 + "1" + ")" * 33, "(" * 400, "-" * 33 + "1", "sqrt(" * 40 + "1" + ")" * 40),
    *("2**" * 40 + "1", "1+" * 200 + "1", "1" + "+1" * 490, "1+" * 5000, " " * 1001, "a" * 1001, "raw" * 200),
    # Nothing at all.
    *("", " ", "()", ")", ",", "+", "*", "raw+", "raw,raw", "sqrt(,)", "min(1,)", "raw)", "raw*/2", "**"),
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:30])
def test_hostile_expressions_are_refused_when_they_are_compiled(text: str) -> None:
    assert set(refusal(text)) == {"/payload/expression"}


@pytest.mark.parametrize("text", [None, 5, ["raw"], {"raw": 1}, True])
def test_an_expression_is_a_text(text: object) -> None:
    assert set(refusal(text)) == {"/payload/expression"}


@given(st.text(max_size=60) | st.text("raw.+-*/()<>=,1e9 sqrtpimn_[]", max_size=60))
def test_any_text_compiles_or_is_refused_and_what_compiles_converts(text: str) -> None:
    try:
        profile = expression(text)
    except InvalidProfile:
        return
    physical = profile.convert(np.array([0.0, 1, -1e300])).physical
    assert physical.shape == (3,)
    assert physical.dtype == np.float64


def test_the_deepest_and_the_longest_that_are_allowed_still_run() -> None:
    assert value("(" * 31 + "raw" + ")" * 31, 2) == 2
    assert value("raw" + "+raw" * 199, 1) == 200
    assert value("raw ** 64", 2) == 2.0**64


def test_a_refusal_says_where() -> None:
    assert refusal("raw + foo * 2") == {"/payload/expression": "at character 7: foo is unknown"}
    assert refusal("raw ** (8 * 9)") == {
        "/payload/expression": "at character 5: an exponent may be 64 at most"
    }
    assert refusal("raw + 'a'") == {"/payload/expression": "makes no sense from character 6 on"}
    assert refusal("raw *") == {"/payload/expression": "at character 6: ends too soon"}


@pytest.mark.parametrize(
    ("inputs", "pointer"),
    [
        ({"raw": "a"}, "/payload/inputs"),
        ({"pi": "a"}, "/payload/inputs"),
        ({"sqrt": "a"}, "/payload/inputs"),
        ({"_x": "a"}, "/payload/inputs"),
        ({"x y": "a"}, "/payload/inputs"),
        ({"x\n": "a"}, "/payload/inputs"),
        ({"__class__": "a"}, "/payload/inputs"),
        ({"x": 5}, "/payload/inputs/x"),
        ({"x": ""}, "/payload/inputs/x"),
        ({"unused": "a"}, "/payload/inputs/unused"),
        (["x"], "/payload/inputs"),
        ({f"x{k}": "a" for k in range(9)}, "/payload/inputs"),
    ],
)
def test_wrong_inputs_are_refused_where_they_are_wrong(inputs: Any, pointer: str) -> None:  # noqa: ANN401 - any JSON
    assert pointer in refusal("raw", inputs=inputs)


def test_the_description_names_every_function() -> None:
    for name in FUNCTIONS:
        assert name in KINDS["expression"].description
