import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conversion import ImportRefused, compile_profile
from conversion.importers.ni import tdms, tdms_file
from tests.conversion.importers.tdms_bytes import SCALED, PropertyValue
from tests.conversion.importers.tdms_bytes import tdms as tdms_bytes
from tests.conversion.importers.values import physical

FORCE = "/'Group'/'Force'"


def one_scale(kind: str, **fields: PropertyValue) -> dict[str, object]:
    named = {f"NI_Scale[0]_{kind}_{name}": value for name, value in fields.items()}
    return {"NI_Number_Of_Scales": 1, "NI_Scale[0]_Scale_Type": kind, **named}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("tag", [b"TDSm", b"TDSh"])
def test_properties_are_read_from_files_and_indexes_in_both_orders(order: str, tag: bytes) -> None:
    content = tdms_bytes(SCALED, order, tag)
    assert tdms_file.read(content) == SCALED


def test_later_segments_add_to_properties() -> None:
    content = tdms_bytes({"/": {"a": 1, "b": 1}}) + tdms_bytes({"/": {"b": 2}})
    assert tdms_file.read(content) == {"/": {"a": 1, "b": 2}}


def test_scales_follow_one_another_from_the_raw_data_on() -> None:
    made = tdms.profile_of(FORCE, SCALED[FORCE])
    assert made["kind"] == "chain"
    assert made["payload"]["output_unit"] == "kN?"
    # 0.5·raw + 1, then the table with its ends held.
    assert_allclose(physical(made, [-2, -1, 0, 1, 2, 9]), [0, 5, 10, 25, 40, 40])


def test_a_single_scale_is_no_chain() -> None:
    line = tdms.profile_of("a", one_scale("Linear", Slope=2.0, Y_Intercept=-1.0))
    assert line["kind"] == "linear"
    assert_allclose(physical(line, [3]), [5])
    fields: dict[str, PropertyValue] = {f"Coefficients[{i}]": float(i) for i in range(3)}
    curve = tdms.profile_of("a", one_scale("Polynomial", Coefficients_Size=3, **fields))
    assert_allclose(physical(curve, [2]), [0 + 2 + 8])


def test_thermocouples_and_resistance_thermometers_have_kinds() -> None:
    couple = tdms.profile_of("a", one_scale("Thermocouple", Thermocouple_Type=10073, Scaling_Direction=0))
    assert_allclose(physical(couple, [4096.0]), [100], atol=0.01)
    rtd = one_scale(
        "RTD",
        R0_Nominal_Resistance=100.0,
        A=3.9083e-3,
        B=-5.775e-7,
        C=-4.183e-12,
        Current_Excitation=0.001,
        Resistance_Configuration=4,
        Lead_Wire_Resistance=0.0,
    )
    assert_allclose(physical(tdms.profile_of("a", rtd), [0.1385055]), [100], atol=0.001)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        (SCALED["/'Group'/'Sum'"], "type Add"),
        ({"NI_Number_Of_Scales": 99}, "99 scales"),
        (one_scale("Linear", Slope=2.0), "Y_Intercept"),
        (one_scale("Linear", Slope=2.0, Y_Intercept=0.0, Input_Source=0), "circle"),
        (one_scale("Table", Scaled_Values_Size=2**31, Pre_Scaled_Values_Size=1), "Pre_Scaled"),
    ],
)
def test_other_scales_are_refused(properties: dict[str, object], reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        tdms.profile_of("a", properties)


@pytest.mark.parametrize("content", [b"", b"TDSx", tdms_bytes(SCALED)[:100], tdms_bytes(SCALED) + bytes(28)])
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ImportRefused):
        tdms_file.read(content)


CONTENT = tdms_bytes(SCALED)


@given(st.integers(0, len(CONTENT) - 1), st.binary(min_size=1, max_size=9))
def test_a_damaged_file_is_read_or_refused(at: int, damage: bytes) -> None:
    try:
        found = tdms_file.read(CONTENT[:at] + damage + CONTENT[at + len(damage) :])
        for path, properties in found.items():
            if tdms.has_scales(properties):
                compile_profile(tdms.profile_of(path, properties))
    except ImportRefused:
        return
