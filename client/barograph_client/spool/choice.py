"""Which store a stream gets: the folder it names, or memory if it asks for that."""

import os
from collections.abc import Sequence

from barograph_client.spool.disk import DiskSpool
from barograph_client.spool.memory import MemorySpool
from barograph_client.spool.options import SpoolOptions
from barograph_client.spool.store import FrameStore

SpoolChoice = SpoolOptions | str | os.PathLike[str] | None
"""A spool's options, or only its folder; None keeps frames in memory: they are lost with the process."""


def options_of(choice: SpoolChoice) -> SpoolOptions | None:
    """The options of a spool on disk, if it is to be one."""
    return choice if choice is None or isinstance(choice, SpoolOptions) else SpoolOptions(choice)


def open_store(
    options: SpoolOptions | None, producer: str, sensors: Sequence[str], max_pending_bytes: int
) -> FrameStore:
    """A store that is open until its `close`."""
    if options is None:
        return MemorySpool(sensors, max_pending_bytes)
    return DiskSpool(options, producer, sensors)
