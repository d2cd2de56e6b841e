"""Logs that do not fill the disk: a file that has grown large becomes its own predecessor.

The processes keep their file open and append to it, so it is copied and then emptied; a line written
in that instant is lost.
"""

import os
import shutil
from pathlib import Path

LARGEST_BYTES = 16 * 2**20


def rotate(log_path: Path, largest_bytes: int = LARGEST_BYTES) -> None:
    """Move the text to `<name>.log.1`, in place of what that held, if the log is larger than this.

    Raises:
        OSError: there is no room for it, not even that of the predecessor, which is gone then. The log is as
            it was.
    """
    if not log_path.exists() or log_path.stat().st_size <= largest_bytes:
        return
    former = log_path.with_suffix(".log.1")
    # First, for on a full disk its room is all there is.
    former.unlink(missing_ok=True)
    try:
        shutil.copyfile(log_path, former)
    except OSError:
        former.unlink(missing_ok=True)
        raise
    os.truncate(log_path, 0)
