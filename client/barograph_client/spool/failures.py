"""Errors of a spool.

ClientError
└── SpoolError         the spool can't do what was asked
    ├── SpoolFull      there is no room: of its own limit, or of the disk
    ├── SpoolInUse     another process has it open
    ├── SpoolForked    it was opened before a fork, by the parent
    └── SpoolFailed    the disk refuses, or the folder is no spool
"""

import errno

from barograph_client.errors import ClientError

_DISK_IS_FULL = {errno.ENOSPC, errno.EDQUOT}
_NO_ROOM = {*_DISK_IS_FULL, errno.EFBIG}


class SpoolError(ClientError):
    """The spool can't do what was asked. Nothing of the call was kept."""


class SpoolFull(SpoolError):
    """There is no room for these readings: none of them was kept."""


class SpoolInUse(SpoolError):
    """Another process, or another stream of this one, has the spool open."""


class SpoolForked(SpoolError):
    """The spool was opened before a fork. Open one of its own in each process, after the fork."""


class SpoolFailed(SpoolError):
    """The disk refuses, or the folder holds something else."""


def is_disk_full(error: OSError) -> bool:
    """Whether it helps to remove files."""
    return error.errno in _DISK_IS_FULL


def of_os_error(error: OSError, folder: object) -> SpoolError:
    """The error of the spool for an error of the system."""
    if error.errno in _NO_ROOM:
        return SpoolFull(f"no room on the disk for the spool in {folder} ({error.strerror}): make room there")
    return SpoolFailed(f"the spool in {folder} can't be written or read: {error}")
