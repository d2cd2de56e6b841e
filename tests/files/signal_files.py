"""Files of signals, written by the packages of others."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from asammdf import MDF, Signal
from nptdms import ChannelObject, TdmsWriter

from barograph.times import to_us

START = datetime(2024, 5, 1, 10, tzinfo=UTC)
START_US = to_us(START)


def waveform(step_s: float, **properties: str) -> dict[str, Any]:
    """What a TDMS channel says of its times."""
    return {"wf_start_time": np.datetime64("2024-05-01T10:00:00"), "wf_increment": step_s, **properties}


def save_tdms(path: Path, *channels: ChannelObject) -> None:
    """A file of these channels."""
    writer: Any  # npTDMS has no types
    with TdmsWriter(path) as writer:
        writer.write_segment(list(channels))


def save_mdf(file: Any, path: Path) -> None:  # noqa: ANN401  # asammdf types it so that no name fits
    """Under this very name: asammdf appends its own suffix."""
    file.save(path, overwrite=True).rename(path)
    file.close()


def write_mdf(path: Path, version: str = "4.10") -> None:
    """Two groups, of two signals and of one, with a name that stands in both."""
    file: Any = MDF(version=version)
    file.header.start_time = START
    seconds = np.arange(5) * 0.5
    pressure = Signal(np.arange(5) * 1.5, seconds, name="p", unit="bar")
    speed = Signal(np.arange(5, dtype=np.uint16), seconds, name="n", unit="rpm")
    file.append([pressure, speed])
    file.append([Signal(np.array([20.5, 21.5]), np.array([0.0, 10.0]), name="T", unit="degC")])
    file.append([Signal(np.array([b"on", b"no"]), np.array([0.0, 1.0]), name="text", encoding="utf-8")])
    save_mdf(file, path)


def write_tdms(path: Path) -> None:
    """A waveform, a group with a channel of times, texts, and a channel whose times nobody knows."""
    clock = np.datetime64("2024-05-01T10:00:00.000250") + np.arange(3) * np.timedelta64(1, "s")
    save_tdms(
        path,
        ChannelObject("fast", "p", np.arange(5) * 1.5, waveform(0.5, unit_string="bar")),
        ChannelObject("slow", "clock", clock),
        ChannelObject("slow", "T", np.arange(3)),
        ChannelObject("slow", "note", ["a", "b", "c"]),
        ChannelObject("lost", "q", np.arange(2)),
    )


def write_hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["run/time"] = START_US + np.arange(5) * 500_000
        file["run/p"] = np.arange(5) * 1.5
        file["run/p"].attrs["units"] = "bar"
        file["run/n"] = np.arange(5, dtype=">i4")
        file["calibration"] = np.arange(2.0)
