"""A machine whose clock is wrong, to the programs that run there: `shifted_clock.c` is between them."""

import struct
from pathlib import Path

from tests.servers.c_library import compiled

SOURCE = Path(__file__).with_suffix(".c")


class ShiftedClock:
    """What the machine's clock says is so many seconds ahead of the time."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "shift"
        self.shift(0)
        self._path.chmod(0o644)
        self.environment = {
            "LD_PRELOAD": str(compiled(SOURCE, folder)),
            "SHIFTED_CLOCK": str(self._path),
        }

    def shift(self, ahead_s: int) -> None:
        with self._path.open("r+b" if self._path.exists() else "wb") as file:
            file.write(struct.pack("=q", ahead_s))
