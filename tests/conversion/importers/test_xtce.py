import math
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from conversion import ImportRefused
from conversion.importers.xtce import systems as xtce
from tests.conversion.importers.values import labels, physical

V1_2 = "http://www.omg.org/spec/XTCE/20180204"
V1_1 = "http://www.omg.org/space/xtce"


def calibrated(name: str, calibration: str, encoding: str = "IntegerDataEncoding") -> str:
    """A parameter type in the form of the XTCE 1.2 specification, and a parameter of it."""
    return f"""
      <x:FloatParameterType name="{name}_Type">
        <x:UnitSet><x:Unit description="of {name}">V</x:Unit></x:UnitSet>
        <x:{encoding} sizeInBits="16">{calibration}</x:{encoding}>
      </x:FloatParameterType>"""


def default(calibrator: str) -> str:
    return f"<x:DefaultCalibrator>{calibrator}</x:DefaultCalibrator>"


def polynomial(*coefficients: float) -> str:
    terms = "".join(f'<x:Term coefficient="{c}" exponent="{k}"/>' for k, c in enumerate(coefficients))
    return f"<x:PolynomialCalibrator>{terms}</x:PolynomialCalibrator>"


def spline(attributes: str) -> str:
    points = "".join(
        f'<x:SplinePoint raw="{x}" calibrated="{y}"/>' for x, y in [(20, 15.0), (0, 5.0), (10, 10.0)]
    )
    return f"<x:SplineCalibrator {attributes}>{points}</x:SplineCalibrator>"


def operation(steps: str) -> str:
    """Postfix: `this` and parameters by name, numbers as they are, all else operators."""
    elements: list[str] = []
    for step in steps.split():
        if step == "this":
            elements.append("<x:ThisParameterOperand/>")
        elif step.startswith("$"):
            elements.append(f'<x:ParameterInstanceRefOperand parameterRef="{step[1:]}"/>')
        elif re.fullmatch(r"-?[0-9.]+", step):
            elements.append(f"<x:ValueOperand>{step}</x:ValueOperand>")
        else:
            text = step.replace("&", "&amp;").replace("<", "&lt;")
            elements.append(f"<x:Operator>{text}</x:Operator>")
    return f"<x:MathOperationCalibrator>{''.join(elements)}</x:MathOperationCalibrator>"


def comparison(parameter: str, value: object, operator: str = "==", is_calibrated: str = "true") -> str:
    return (
        f'<x:Comparison parameterRef="{parameter}" value="{value}" '
        f'comparisonOperator="{operator.replace("<", "&lt;")}" useCalibratedValue="{is_calibrated}"/>'
    )


def all_of(*comparisons: str) -> str:
    return f"<x:ComparisonList>{''.join(comparisons)}</x:ComparisonList>"


def context(criteria: str, calibrator: str) -> str:
    return (
        f"<x:ContextCalibrator><x:ContextMatch>{criteria}</x:ContextMatch>"
        f"<x:Calibrator>{calibrator}</x:Calibrator></x:ContextCalibrator>"
    )


MODE = """
      <x:EnumeratedParameterType name="Mode_Type">
        <x:IntegerDataEncoding sizeInBits="4"/>
        <x:EnumerationList>
          <x:Enumeration value="1" label="LOW"/>
          <x:Enumeration value="2" label="HIGH"/>
          <x:Enumeration value="5" maxValue="7" label="SPARE"/>
        </x:EnumerationList>
      </x:EnumeratedParameterType>"""


def document(*types: str, namespace: str = V1_2) -> str:
    """A document whose inner space system has the types and a parameter of each."""
    names = [name for each in types for name in re.findall(r'ParameterType name="(\w+)_Type"', each)]
    parameters = "".join(f'<x:Parameter name="{name}" parameterTypeRef="{name}_Type"/>' for name in names)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- in the form of the specification -->
<x:SpaceSystem xmlns:x="{namespace}" name="Sat">
  <x:SpaceSystem name="Bus">
    <x:TelemetryMetaData>
      <x:ParameterTypeSet>{"".join(types)}</x:ParameterTypeSet>
      <x:ParameterSet>{parameters}</x:ParameterSet>
    </x:TelemetryMetaData>
  </x:SpaceSystem>
</x:SpaceSystem>"""


def profile(
    calibration: str, namespace: str = V1_2, channels: dict[str, str] | None = None
) -> xtce.PlainProfile:
    system = xtce.read(document(calibrated("P", calibration), MODE, namespace=namespace), channels)
    return system.profile("P")


def test_a_polynomial_has_its_terms_and_the_types_unit() -> None:
    made = profile(default(polynomial(-7.459877, 5.5, 0, 0.25)))
    expected = {"coefficients": [-7.459877, 5.5, 0.0, 0.25], "output_unit": "V"}
    assert made == {"kind": "polynomial", "payload": expected}


def test_without_a_calibrator_the_raw_value_is_the_value() -> None:
    assert profile("")["kind"] == "identity"


def test_a_spline_of_order_1_draws_lines_and_knows_nothing_beyond() -> None:
    raw = [-1, 0, 5, 20, 21]
    lines = profile(default(spline('order="1"')))
    assert_array_equal(physical(lines, raw), [math.nan, 5, 7.5, 15, math.nan])
    extrapolating = profile(default(spline('extrapolate="true"')))
    assert_allclose(physical(extrapolating, raw), [4.5, 5, 7.5, 15, 15.5])


def test_a_spline_of_order_0_holds_each_point() -> None:
    steps = profile(default(spline('order="0" extrapolate="true"')))
    assert_array_equal(physical(steps, [-1, 0, 9.9, 10, 20, 99]), [5, 5, 5, 10, 15, 15])


def test_a_math_operation_is_read_as_postfix() -> None:
    x = np.array([0.5, 2.0, 3.0])
    cases = {
        "this 2 * 1 +": x * 2 + 1,
        "10 this - 4 /": (10 - x) / 4,
        "this 3 ^": x**3,
        "2 this y^x": x**2,
        "this ln this log + e^x": np.exp(np.log(x) + np.log10(x)),
        "this dup * 1/x": 1 / x**2,
        "1 this swap -": x - 1,
        "this 2 over + + 7 drop": 2 * x + 2,
        "this -1.5 max 2 min": np.minimum(np.maximum(x, -1.5), 2),
        "this 1 <= this 1 > this * +": np.where(x <= 1, 1, x),
        "this sin this atan +": np.sin(x) + np.arctan(x),
    }
    for steps, expected in cases.items():
        made = profile(default(operation(steps)))
        assert_allclose(physical(made, x.tolist()), expected, rtol=1e-14, err_msg=steps)


def test_angles_are_in_degrees_before_version_1_2() -> None:
    made = profile(default(operation("this sin")), namespace=V1_1)
    assert_allclose(physical(made, [30, 90]), [0.5, 1])
    made = profile(default(operation("this atan")), namespace=V1_1)
    assert_allclose(physical(made, [1]), [45])


def test_other_parameters_become_inputs() -> None:
    made = profile(
        default(operation("this $/Sat/Bus/Mode * $Bias + $Mode +")), channels={"Bias": "rig7/bias"}
    )
    assert made["payload"]["inputs"] == {"p1": "Mode", "p2": "rig7/bias"}
    aux = {"Mode": np.array([2.0]), "rig7/bias": np.array([0.5])}
    assert_allclose(physical(made, [10], aux), [10 * 2 + 0.5 + 2])


def test_contexts_choose_the_calibrator() -> None:
    made = profile(
        default(polynomial(-10, 5))
        + "<x:ContextCalibratorList>"
        + context(comparison("Mode", "LOW"), polynomial(0, 5))
        + context(
            all_of(comparison("/Sat/Bus/Mode", 1, ">"), comparison("/Sat/Bus/Mode", 4, "<=")),
            polynomial(0, 15),
        )
        + "</x:ContextCalibratorList>"
    )
    modes = np.array([0.0, 1, 2, 4, 5])
    assert_allclose(physical(made, [2.0] * 5, {"Mode": modes}), [0, 10, 30, 30, 0])
    assert made["payload"]["output_unit"] == "V"


def test_enumerations_label_codes_and_ranges_of_codes() -> None:
    made = xtce.read(document(MODE)).profile("/Sat/Bus/Mode")
    assert labels(made, [0, 1, 2, 4, 5, 6, 7, 8]) == [None, "LOW", "HIGH", None, *["SPARE"] * 3, None]


def test_types_and_parameters_are_looked_for_in_the_systems_around() -> None:
    text = document(calibrated("P", default(polynomial(1, 2))))
    moved = text.replace(
        "<x:Parameter name", '<x:Parameter name="Q" parameterTypeRef="/Sat/Bus/P_Type"/><x:Parameter name'
    )
    assert xtce.read(moved).profile("Q") == xtce.read(text).profile("P")


def term(attributes: str) -> str:
    return f"<x:PolynomialCalibrator><x:Term {attributes}/></x:PolynomialCalibrator>"


@pytest.mark.parametrize(
    ("calibrator", "reason"),
    [
        (spline('order="2"'), "order 2"),
        (term('coefficient="1" exponent="-1"'), "exponent -1"),
        (term('exponent="1"'), "no finite number"),
        ("", "none of polynomial, spline and math operation"),
        (operation("this x!"), "'x!'"),
        (operation("this 2 %"), "'%'"),
        (operation("this +"), "lacks operands"),
        (operation("this this"), "leaves 2 values"),
        (operation("this " + "dup + " * 30), "longer than"),
        (operation("$Mode").replace("Mode", 'Mode" useCalibratedValue="false'), "raw value"),
        ("<x:MathOperationCalibrator><x:Other/></x:MathOperationCalibrator>", "Other"),
    ],
)
def test_calibrators_that_no_profile_expresses_are_refused(calibrator: str, reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        profile(default(calibrator))


@pytest.mark.parametrize(
    ("criteria", "reason"),
    [
        (comparison("Mode", 1, "!="), "!="),
        (comparison("Mode", "NEITHER"), "'NEITHER'"),
        (comparison("Mode", 1, is_calibrated="false"), "raw value"),
        ("<x:BooleanExpression/>", "no comparison"),
        (all_of(comparison("Mode", 1), comparison("Mode", 2)), "never holds"),
        (all_of(comparison("Mode", 1), comparison("P", 2)), "no comparison with one parameter"),
    ],
)
def test_contexts_that_no_profile_expresses_are_refused(criteria: str, reason: str) -> None:
    contexts = f"<x:ContextCalibratorList>{context(criteria, polynomial(0, 1))}</x:ContextCalibratorList>"
    with pytest.raises(ImportRefused, match=reason):
        profile(contexts)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<a>", "is no XML"),
        ("<System/>", "its root"),
        (f'<Other xmlns="{V1_2}"/>', "its root"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "declares"),
        (" " * (16 * 2**20 + 1), "longer"),
    ],
)
def test_documents_that_are_hostile_or_something_else_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        xtce.read(text)


def test_a_deep_document_is_read_or_refused() -> None:
    def nested(depth: int) -> str:
        return f'<SpaceSystem xmlns="{V1_2}" name="a">' * depth + "</SpaceSystem>" * depth

    assert xtce.read(nested(50)).document.parameters == {}
    with pytest.raises(ImportRefused, match="deep"):
        xtce.read(nested(5000))


@pytest.mark.parametrize(
    ("namespace", "version"),
    [
        ("", None),
        ("urn:own", None),
        ("http://www.omg.org/spec/XTCE/20061101", 1.1),
        ("http://www.omg.org/spec/XTCE/20180204", 1.2),
        ("https://www.omg.org/spec/xtce/20240101/", 1.2),
        ("http://www.omg.org/space/xtce", 1.1),
    ],
)
def test_a_document_of_any_namespace_or_none_is_read(namespace: str, version: float | None) -> None:
    text = document(calibrated("P", default(operation("this 2 *"))), MODE)
    text = (
        text.replace(V1_2, namespace)
        if namespace
        else text.replace(f' xmlns:x="{V1_2}"', "").replace("x:", "")
    )
    system = xtce.read(text)
    assert system.document.version == version
    assert_allclose(physical(system.profile("P"), [3]), [6])


def test_angles_are_refused_where_the_version_is_not_known() -> None:
    text = document(calibrated("P", default(operation("this sin"))), MODE).replace(V1_2, "urn:own")
    with pytest.raises(ImportRefused, match="degrees or in radians"):
        xtce.read(text).profile("P")


def test_a_name_that_stands_twice_needs_its_path() -> None:
    text = document(MODE)
    inner = text[text.index("<x:SpaceSystem name=") : text.rindex("</x:SpaceSystem>")]
    twice = text.replace(inner, inner + inner.replace('"Bus"', '"Payload"'))
    with pytest.raises(ImportRefused, match="2 parameters"):
        xtce.read(twice).profile("Mode")
    assert xtce.read(twice).profile("/Sat/Payload/Mode")["kind"] == "enumeration"


def test_an_unknown_parameter_or_type_is_refused() -> None:
    with pytest.raises(ImportRefused, match="0 parameters"):
        xtce.read(document(MODE)).profile("Other")
    with pytest.raises(ImportRefused, match="not in the document"):
        xtce.read(document(MODE).replace('parameterTypeRef="Mode_Type"', 'parameterTypeRef="X"')).profile(
            "Mode"
        )
