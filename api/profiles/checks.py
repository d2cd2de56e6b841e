"""What a profile must be: one that compiles, with its sensor's units, and with channels that are sensors of
its project and don't need it in turn."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

import numpy as np

from barograph.catalog.catalog import Catalog
from barograph.catalog.dependencies import MAX_LEVEL, Dependencies
from barograph.errors import FieldError, Invalid
from barograph.units import are_same, remark
from conversion import KINDS, CompiledProfile, InvalidProfile, compile_profile

Payload = Mapping[str, Any]

_UNITS = ("input_unit", "output_unit")
_INPUTS = "inputs"  # of an expression: channels by the names it gives them, whatever these are


def compiled(kind: str, payload: Payload) -> CompiledProfile:
    """The profile, compiled. Takes milliseconds for a large one, so call it in a thread.

    Raises:
        Invalid: with a pointer to each fault.
    """
    try:
        return compile_profile({"kind": kind, "payload": payload})
    except InvalidProfile as error:
        faults = [FieldError(pointer, detail) for pointer, detail in error.errors]
        raise Invalid("this is no valid conversion profile", faults) from error


def check_units(profile: CompiledProfile, sensor: Payload) -> None:
    """Refuses units that are not those that the sensor declares.

    A unit that nobody knows is no fault: it is a label, and the sensor's must be the same text.

    Args:
        profile: the profile, compiled.
        sensor: has `input_unit` and `output_unit`, empty where it declares none.

    Raises:
        Invalid: with a pointer to each unit.
    """
    faults = [
        FieldError(f"/payload/{name}", _misfit(own, sensor[name]))
        for name in _UNITS
        if (own := unit_of(profile, name)) and sensor[name] and not are_same(own, sensor[name])
    ]
    if faults:
        raise Invalid("the profile's units don't fit", faults)


def _misfit(own: str, declared: str) -> str:
    reason = remark(own, declared)
    return f"{own!r} is not the sensor's {declared!r}" + (f": {reason}" if reason else "")


def unit_of(profile: CompiledProfile, name: str) -> str | None:
    """The unit that the payload declares, or that follows from the kind alone."""
    return getattr(profile, name) or getattr(KINDS[profile.kind], name)


def check_channels(profile: CompiledProfile, payload: Payload, sensor_id: int, catalog: Catalog) -> None:
    """Refuses channels that are no sensors of the project, and circles and long chains of sensors that need
    each other.

    A circle counts even if its profiles never hold at the same time: the order in which sensors are
    converted is one for all times.

    Raises:
        Invalid: with a pointer to each channel.
    """
    own = int(np.searchsorted(catalog.sensor_ids, sensor_id))
    faults = {channel: _fault(channel, own, catalog) for channel in profile.channels}
    found = [
        FieldError(pointer, detail)
        for pointer, name, parent, text in _texts(payload)
        if (name == "channel" or parent == _INPUTS) and (detail := faults.get(text))
    ]
    if found:
        raise Invalid("the profile needs sensors that it can't have", found)


def _fault(channel: str, own: int, catalog: Catalog) -> str:
    """The fault of a channel, empty if it has none."""
    slot = catalog.slot(channel)
    if slot is None:
        return f"the project has no sensor {channel!r}"
    way = [catalog.keys[each] for each in catalog.dependencies.way(own, slot)]
    if not way:
        return _fault_of_length(own, slot, catalog.dependencies)
    if len(way) == 1:
        return f"{way[0]} would need itself"
    return "would close a circle: " + ", ".join(
        f"{needer} needs {needed}" for needed, needer in zip(way, [*way[1:], way[0]], strict=True)
    )


def _fault_of_length(own: int, slot: int, dependencies: Dependencies) -> str:
    length = int(dependencies.level[slot]) + 1 + dependencies.height(own)
    if length <= MAX_LEVEL:
        return ""
    return f"would make a chain of more than {MAX_LEVEL + 1} sensors, each needed by the next"


class _Text(NamedTuple):
    """A text in a payload: where it stands, under which name, and what the object around it is called."""

    pointer: str
    name: str
    parent: str
    text: str


def _texts(value: object, path: tuple[str, ...] = ("payload",)) -> Iterator[_Text]:
    if isinstance(value, str):
        pointer = "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in path)
        yield _Text(pointer, path[-1], path[-2] if len(path) > 1 else "", value)
    elif isinstance(value, dict):
        for name, item in cast("dict[str, object]", value).items():
            yield from _texts(item, (*path, name))
    elif isinstance(value, list):
        for place, item in enumerate(cast("list[object]", value)):
            yield from _texts(item, (*path, str(place)))
