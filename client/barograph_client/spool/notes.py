"""What a spool notes beside its frames: whose they are, their channels and numbers, and what was given up.

spool.json      producer, numbering, the server's limits, what was given up; on disk before it is acted on
channels.json   the sensors' keys; a frame's channels are positions in it.
acked           the last frame with an ack; may be old after a power cut, which costs a look at the server
"""

import json
import os
import struct
import zlib
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from barograph_client.spool.failures import SpoolFailed
from barograph_client.spool.numbering import FrameNumbering, NumberedFrom

NOTES, CHANNELS, ACKED = "spool.json", "channels.json", "acked"
FORMAT = 1
_ACKED = struct.Struct("<QI")


@dataclass
class GivenUp:
    """What never reached a server that took it: the oldest frames of a full spool, or damaged ones."""

    frames: int = 0
    readings: int = 0

    def add(self, frames: int, readings: int) -> None:
        """Count some more."""
        self.frames += frames
        self.readings += readings


@dataclass(frozen=True)
class FrameLimits:
    """The largest frame that the server takes, as it said last; at first, one that any should take."""

    max_bytes: int = 2**18
    max_readings: int = 10_000


@dataclass
class SpoolNotes:
    """The content of spool.json."""

    producer: str
    numbering: FrameNumbering = field(default_factory=FrameNumbering)
    limits: FrameLimits = field(default_factory=FrameLimits)
    given_up: GivenUp = field(default_factory=GivenUp)

    def write(self, folder: Path) -> None:
        """Writes the notes so that they survive a power cut."""
        document = {
            "format": FORMAT,
            "producer": self.producer,
            "numbering": [[piece.index, piece.shift] for piece in self.numbering.pieces],
            "limits": asdict(self.limits),
            "given_up": asdict(self.given_up),
        }
        write_file(folder / NOTES, json.dumps(document, ensure_ascii=False, indent=1).encode())

    @classmethod
    def read(cls, folder: Path) -> "SpoolNotes | None":
        """None where there are none yet.

        Raises:
            SpoolFailed: they are of another kind.
        """
        path = folder / NOTES
        if not path.exists():
            return None
        try:
            return cls._of(json.loads(path.read_bytes()))
        except (ValueError, KeyError, TypeError) as error:
            raise SpoolFailed(f"{path} is no spool's, or damaged: {error!r}") from error

    @classmethod
    def _of(cls, document: dict[str, Any]) -> "SpoolNotes":
        if document["format"] != FORMAT:
            raise ValueError(f"format {document['format']}, this library writes {FORMAT}")
        pieces = [NumberedFrom(int(index), int(shift)) for index, shift in document["numbering"]]
        return cls(
            str(document["producer"]),
            FrameNumbering(pieces),
            FrameLimits(**document["limits"]),
            GivenUp(**document["given_up"]),
        )


def read_channels(folder: Path) -> list[str]:
    """The keys, in the order of the channels.

    Raises:
        SpoolFailed: the file is damaged.
    """
    path = folder / CHANNELS
    if not path.exists():
        return []
    try:
        return [str(key) for key in json.loads(path.read_bytes())]
    except (ValueError, TypeError) as error:
        raise SpoolFailed(f"{path} is damaged: {error!r}") from error


def write_channels(folder: Path, channels: list[str]) -> None:
    """Before a frame uses them."""
    write_file(folder / CHANNELS, json.dumps(channels, ensure_ascii=False).encode())


class AckedIndex:
    """The last frame with an ack, in a file that is written over and over."""

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder / ACKED, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        self.index = decode_acked(os.read(self._descriptor, _ACKED.size))

    def write(self, index: int) -> None:
        """Writes without waiting for the disk; where it refuses, the file is old, as after a power cut."""
        self.index = index
        packed = struct.pack("<Q", index)
        with suppress(OSError):
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, packed + struct.pack("<I", zlib.crc32(packed)))

    def close(self) -> None:
        os.close(self._descriptor)


def decode_acked(data: bytes) -> int:
    """Decodes the file; 0 if it says nothing, or was torn."""
    if len(data) != _ACKED.size:
        return 0
    index, crc = _ACKED.unpack(data)
    return index if zlib.crc32(data[:8]) == crc else 0


def write_file(path: Path, data: bytes) -> None:
    """All of it or, after a crash or a power cut, what was there before."""
    new = path.with_suffix(".new")
    try:
        with new.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make new names in it outlive a power cut, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
