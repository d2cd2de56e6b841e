import re
from importlib.metadata import distribution
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from tools.demo_rig.recordings import INSTRUMENTS, load_recordings

NAMES = [instrument.key for instrument in INSTRUMENTS]


def shipped(path: str) -> Path:
    return Path(str(distribution("obspy").locate_file(path)))


def stationxml_sensitivity(path: str) -> float:
    tree = ET.parse(shipped(path))  # noqa: S314  # a locked package's file
    (value,) = tree.findall(".//{*}InstrumentSensitivity/{*}Value")
    return float(value.text or "")


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("infrasound.hawaii", "obspy/signal/tests/data/IM.I59H1..BDF_2020_10_31.xml"),
        ("seismometer.ulaanbaatar", "obspy/core/tests/data/IU_ULN_00_LH1.xml"),
    ],
)
def test_sensitivities_are_those_of_the_stationxml_beside_the_recording(key: str, path: str) -> None:
    assert INSTRUMENTS[NAMES.index(key)].sensitivity == stationxml_sensitivity(path)


def test_the_sensitivity_of_canterbury_is_that_of_its_seed_response() -> None:
    response = shipped("obspy/signal/tests/data/RESP.NZ.CRLZ.10.HHZ").read_text()
    (stated,) = re.findall(r"B058F04\s+Sensitivity:\s+(\S+)", response)
    assert INSTRUMENTS[NAMES.index("seismometer.canterbury")].sensitivity == float(stated)


def test_recordings_are_whole_numbers_at_the_instruments_pace() -> None:
    recordings = load_recordings()
    assert [(each.rate_hz, len(each.counts)) for each in recordings] == [
        (20.0, 9201),
        (20.0, 9201),
        (100.0, 32768),
        (1.0, 10800),
    ]
    for recording in recordings:
        assert np.array_equal(recording.counts, np.rint(recording.counts))
        assert recording.counts.std() > 100


def test_physical_values_are_of_a_plausible_size() -> None:
    infrasound, _, canterbury, ulaanbaatar = (
        each.counts / each.instrument.sensitivity for each in load_recordings()
    )
    assert 0.1 < np.ptp(infrasound) < 10  # Pa
    assert 1e-6 < np.ptp(canterbury) < 1e-3  # m/s
    assert 1e-6 < np.ptp(ulaanbaatar) < 1e-3
