"""Logs that do not fill the disk: a file that has grown large becomes its own predecessor.

The processes keep their file open and append to it, so it is copied and then emptied; a line written
in that instant is lost.
"""

import os
import shutil
from pathlib import Path

LARGEST_BYTES = 16 * 2**20


def rotate(log_path: Path, largest_bytes: int = LARGEST_BYTES) -> None:
    """Move the text to `<name>.log.1`, in place of what that held, if the log is larger than this."""
    if log_path.exists() and log_path.stat().st_size > largest_bytes:
        shutil.copyfile(log_path, log_path.with_suffix(".log.1"))
        os.truncate(log_path, 0)
