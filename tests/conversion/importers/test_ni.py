import configparser
from enum import Enum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conversion import ImportRefused, compile_profile
from conversion.importers.ni import channel as ni_channel
from conversion.importers.ni import properties as ni_properties
from conversion.importers.ni import scale as ni_scale
from conversion.importers.ni.ini import read_sections
from tests.conversion.importers.values import physical

# In the form of an .ini file that NI MAX exports; property names from NI-DAQmx Properties.
TEXT = """
[DAQmx]
MajorVersion = 20
MinorVersion = 1

; a load cell with an amplifier
[DAQmxScale Load cell]
Author = lab
Scale.Descr = 5 kN; 100 % is 10 V
Scale.Type = Linear
Scale.Lin.Slope = 0.5
Scale.Lin.YIntercept = -0.125
Scale.PreScaledUnits = Volts
Scale.ScaledUnits = kN

[DAQmxScale Honeywell HSC]
Scale.Type = Map Ranges
Scale.Map.PreScaledMin = 0.5
Scale.Map.PreScaledMax = 4.5
Scale.Map.ScaledMin = -15
Scale.Map.ScaledMax = 15
Scale.ScaledUnits = psi

[DAQmxScale Curve]
Scale.Type = Polynomial
Scale.Poly.ForwardCoeff = 1.5, -2, 0, 0.25
Scale.Poly.ReverseCoeff = 0, 1

[DAQmxScale Steps]
Scale.Type = Table
Scale.Table.PreScaledVals = 10, 0, 4
Scale.Table.ScaledVals = 3; 1; 7

[DAQmxChannel Furnace/Zone 1]
ChanType = Analog Input
AI.MeasType = Temperature:Thermocouple
AI.Temp.Units = Deg F
AI.Thrmcpl.Type = K
AI.Thrmcpl.CJCSrc = Constant Value
AI.Thrmcpl.CJCVal = 77
"""
FILE = ni_properties.read(TEXT)


class Wires(Enum):
    """As the Python driver has its constants."""

    FOUR_WIRE = 4


def scale(name: str) -> ni_scale.PlainProfile:
    return ni_scale.profile_of(name, FILE["DAQmxScale", name])


def test_a_linear_scale_is_slope_and_offset() -> None:
    expected = {"slope": 0.5, "offset": -0.125, "input_unit": "V", "output_unit": "kN"}
    assert scale("Load cell") == {"kind": "linear", "payload": expected}


def test_a_map_coerces_what_lies_beyond_its_ends() -> None:
    assert_allclose(
        physical(scale("Honeywell HSC"), [0, 0.5, 2.5, 4.5, 5]), [-15, -15, 0, 15, 15], atol=1e-14
    )


def test_a_polynomial_has_its_forward_coefficients() -> None:
    x = np.array([-1.0, 0.0, 2.0])
    assert_allclose(physical(scale("Curve"), x.tolist()), 1.5 - 2 * x + 0.25 * x**3)


def test_a_table_interpolates_and_holds_its_ends() -> None:
    raw = [-1, 0, 2, 4, 7, 10, 11]
    assert_allclose(physical(scale("Steps"), raw), np.interp(raw, [0, 4, 10], [1, 7, 3]))


def test_all_spellings_of_properties_and_values_mean_the_same() -> None:
    python = {"scale_type": 10447, "lin_slope": 2, "lin_y_intercept": 1.0, "pre_scaled_units": "VOLTS"}
    labview = {"ScaleType": "Linear", "Lin.Slope": "2", "Lin.YIntercept": "1", "PreScaledUnits": "Volts"}
    assert ni_scale.profile_of("a", python) == ni_scale.profile_of("b", labview)


def test_a_thermocouple_in_another_unit_is_a_chain() -> None:
    profile = ni_channel.profile_of("Zone 1", FILE["DAQmxChannel", "Furnace/Zone 1"])
    # NIST, type K: 1.000 mV at 25 °C (77 °F) and 4.096 mV at 100 °C (212 °F), so 3.096 mV with that junction.
    assert_allclose(physical(profile, [3.096e-3]), [212], atol=0.03)


def test_a_measured_cold_junction_needs_its_sensor() -> None:
    properties = {"ai_meas_type": 10303, "ai_thrmcpl_type": "T", "ai_thrmcpl_cjc_src": "BUILT_IN"}
    with pytest.raises(ImportRefused, match="name the sensor"):
        ni_channel.profile_of("c", properties)
    profile = ni_channel.profile_of("c", properties, cold_junction="rig7/cj")
    assert compile_profile(profile).channels == ("rig7/cj",)


def test_an_rtd_is_read_in_volts_at_its_excitation() -> None:
    properties = {
        "ai_meas_type": "TEMPERATURE_RTD",
        "ai_rtd_type": "Pt3851",
        "ai_rtd_r0": 100.0,
        "ai_excit_val": 1e-3,
        "ai_resistance_cfg": Wires.FOUR_WIRE,
    }
    # IEC 60751: 100 Ω at 0 °C, 138.5055 Ω at 100 °C.
    profile = ni_channel.profile_of("c", properties)
    assert_allclose(physical(profile, [0.1, 0.1385055]), [0, 100], atol=1e-3)
    custom = properties | {
        "ai_rtd_type": 10137,
        "ai_rtd_a": 3.9083e-3,
        "ai_rtd_b": -5.775e-7,
        "ai_rtd_c": -4.183e-12,
    }
    assert_array_equal(
        physical(ni_channel.profile_of("c", custom), [0.05, 0.13]), physical(profile, [0.05, 0.13])
    )


def test_a_thermistor_is_read_in_a_divider_or_at_a_current() -> None:
    # NI-DAQmx's defaults for a 5 kΩ thermistor, SCXI-1328 guide: 1.25 V of 2.5 V are 25 °C.
    coefficients = {"AI.Thrmstr.A": 1.295361e-3, "AI.Thrmstr.B": 2.343159e-4, "AI.Thrmstr.C": 1.018703e-7}
    properties = {"AI.MeasType": 10302, "AI.Excit.Val": 2.5, "AI.Thrmstr.R1": 5000, **coefficients}
    assert_allclose(physical(ni_channel.profile_of("c", properties), [1.25]), [25], atol=0.02)
    at_current = {"AI.MeasType": 10302, "AI.Excit.Val": 1e-4, **coefficients}
    assert_allclose(physical(ni_channel.profile_of("c", at_current), [0.5]), [25], atol=0.02)


def test_a_strain_gauge_is_read_as_a_ratio() -> None:
    properties = {
        "AI.MeasType": "Strain:Strain Gage",
        "AI.StrainGage.Cfg": "Quarter Bridge I",
        "AI.StrainGage.GageFactor": 2.1,
        "AI.Bridge.InitialVoltage": 0.00125,
        "AI.Bridge.NomResistance": 350,
        "AI.LeadWireResistance": 1.4,
        "AI.Excit.Val": 2.5,
    }
    ratio = -0.0002
    v = ratio - 0.00125 / 2.5
    expected = -4 * v / (2.1 * (1 + 2 * v)) * (1 + 1.4 / 350)  # NI-DAQmx Help, quarter-bridge type I
    assert_allclose(physical(ni_channel.profile_of("c", properties), [ratio]), [expected], rtol=1e-12)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({}, "has no ScaleType"),
        ({"ScaleType": "None"}, "ScaleType None has no equivalent"),
        ({"ScaleType": "Linear"}, "has no Lin.Slope"),
        ({"ScaleType": "Linear", "Lin.Slope": "fast"}, "no finite number"),
        ({"ScaleType": "Table", "Table.PreScaledVals": [1, 2], "Table.ScaledVals": [1]}, "differ in length"),
        (
            {
                "ScaleType": "Map Ranges",
                **{f"Map.{end}": 1 for end in ("PreScaledMin", "PreScaledMax", "ScaledMin", "ScaledMax")},
            },
            "as map_range",
        ),
    ],
)
def test_other_scales_are_refused(properties: dict[str, object], reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        ni_scale.profile_of("s", properties)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"AI.MeasType": "Voltage"}, "AI.MeasType Voltage has no equivalent"),
        ({"AI.MeasType": 10303, "AI.Thrmcpl.Type": "C"}, "AI.Thrmcpl.Type C has no equivalent"),
        ({"AI.MeasType": 10301, "AI.RTD.Type": "Pt3851", "AI.RTD.R0": 100}, "has no AI.Excit.Val"),
    ],
)
def test_other_channels_are_refused(properties: dict[str, object], reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        ni_channel.profile_of("c", properties)


def test_a_text_that_is_no_ini_file_is_refused() -> None:
    with pytest.raises(ImportRefused, match="malformed"):
        ni_properties.read("Scale.Type = Linear")


lines = st.lists(
    st.sampled_from(
        [
            "[S 1]",
            "[S 2]",
            "[]",
            "a = 1",
            "A=2 = 3",
            "  b = 4",
            "  more",
            "",
            "; no",
            "=",
            "no",
            "b =",
            "\t\tx=y",
        ]
    ),
    max_size=12,
)


@given(lines=lines)
def test_sections_are_those_that_configparser_reads(lines: list[str]) -> None:
    text = "\n".join(lines)
    parser = configparser.RawConfigParser(
        delimiters=("=",), comment_prefixes=(";",), strict=False, empty_lines_in_values=False
    )
    try:
        parser.read_string(text)
    except configparser.Error:
        with pytest.raises(ImportRefused, match="malformed"):
            read_sections(text)
    else:
        assert read_sections(text) == {title: dict(parser[title]) for title in parser.sections()}


def test_many_lines_at_fault_take_no_time_of_their_square() -> None:
    with pytest.raises(ImportRefused, match="line 2, 'Scalble', is no section"):
        ni_properties.read("[DAQmxScale s]\n" + "Scalble\n" * 100_000)
