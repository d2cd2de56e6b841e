"""Recordings that ObsPy ships for its own tests: raw counts, with the constants of their instruments.

ObsPy is installed for these files alone and never imported.

Why: decision 10.
"""

from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pymseed import MS3TraceList

_SAC_HEADER_BYTES = 632


@dataclass(frozen=True, slots=True)
class Instrument:
    """A channel of the rig.

    Attributes:
        sensitivity: counts for one `unit`; `source` says who states it.
        path: of the recording, in the distribution of ObsPy.
        believed_sensitivity: a wrong one that its first calibration has, to be put right; None: it is right.
    """

    key: str
    name: str
    kind: str
    unit: str
    sensitivity: float
    source: str
    path: str
    believed_sensitivity: float | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """Raw counts float64[n] of one instrument, evenly spaced."""

    instrument: Instrument
    rate_hz: float
    counts: npt.NDArray[np.float64]


INSTRUMENTS = (
    Instrument(
        key="infrasound.hawaii",
        name="Microbarometer Hyperion 5313-A, infrasound array I59, Hawaii, 31 October 2020",
        kind="microbarometer",
        unit="Pa",
        sensitivity=33778.28834,
        source="InstrumentSensitivity at 0.5 Hz in the StationXML of IM.I59H1..BDF, IRIS DMC, 2020-11-02",
        path="obspy/signal/tests/data/IM.I59H1..BDF_2020_10_31.mseed",
    ),
    Instrument(
        key="infrasound.hawaii.miscalibrated",
        name="The same microbarometer with a calibration that is wrong on purpose: see docs/demo.md",
        kind="microbarometer",
        unit="Pa",
        sensitivity=33778.28834,
        source="InstrumentSensitivity at 0.5 Hz in the StationXML of IM.I59H1..BDF, IRIS DMC, 2020-11-02",
        path="obspy/signal/tests/data/IM.I59H1..BDF_2020_10_31.mseed",
        believed_sensitivity=37378.28834,
    ),
    Instrument(
        key="seismometer.canterbury",
        name="Seismometer, station CRLZ of GeoNet, Canterbury, New Zealand, 4 September 2009",
        kind="seismometer",
        unit="m/s",
        sensitivity=8.38861e8,
        source="stage 0 sensitivity at 1 Hz in the SEED response of NZ.CRLZ.10.HHZ, since 2003-03-12",
        path="obspy/signal/tests/data/CRLZ.HHZ.10.NZ.SAC",
    ),
    Instrument(
        key="seismometer.ulaanbaatar",
        name="Seismometer Streckeisen STS-1, station ULN of IRIS/USGS, Mongolia, 18 July 2015",
        kind="seismometer",
        unit="m/s",
        sensitivity=3.39571e9,
        source="InstrumentSensitivity at 0.05 Hz in the StationXML of IU.ULN.00.LH1, since 2013-09-29",
        path="obspy/core/tests/data/IU_ULN_00_LH1_2015-07-18T02.mseed",
    ),
)


def load_recordings() -> list[Recording]:
    """Read them all; a few tens of milliseconds."""
    package = distribution("obspy")
    return [_load(each, Path(str(package.locate_file(each.path)))) for each in INSTRUMENTS]


def _load(instrument: Instrument, path: Path) -> Recording:
    rate_hz, counts = _read_sac(path) if path.suffix == ".SAC" else _read_miniseed(path)
    return Recording(instrument, rate_hz, counts)


def _read_miniseed(path: Path) -> tuple[float, npt.NDArray[np.float64]]:
    """The first unbroken segment of the first channel."""
    segment = next(iter(next(iter(MS3TraceList.from_file(path, unpack_data=True)))))
    return segment.samprate, np.array(segment.datasamples, np.float64)


def _read_sac(path: Path) -> tuple[float, npt.NDArray[np.float64]]:
    """SAC's binary form, version 6, little-endian: the first word is the spacing in seconds."""
    words = np.fromfile(path, "<f4")
    return round(1 / float(words[0]), 3), words[_SAC_HEADER_BYTES // 4 :].astype(np.float64)
