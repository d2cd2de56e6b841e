"""The other channels that a profile made of profiles reads: those of its parts."""

from collections.abc import Iterable, Sequence

from conversion.profile import CompiledProfile


def union(parts: Iterable[CompiledProfile], *further: str) -> tuple[str, ...]:
    """All channels of the parts, each once. `further` ones come first."""
    return tuple(dict.fromkeys([*further, *(channel for part in parts for channel in part.channels)]))


def positions(part: CompiledProfile, channels: Sequence[str]) -> tuple[int, ...]:
    """Where the channels of a part stand among those of the whole."""
    return tuple(channels.index(channel) for channel in part.channels)
