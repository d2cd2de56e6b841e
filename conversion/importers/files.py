"""Whole files of other systems: their rules as profiles, and those that can't be, with reasons."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from conversion.errors import ImportRefused
from conversion.importers import a2l, epics, ni_channel, ni_properties, ni_scale, xtce
from conversion.importers.rule import PlainProfile


class NamedProfile(NamedTuple):
    """A rule's name in its file, and the profile that does what it does."""

    name: str
    profile: PlainProfile


class Refusal(NamedTuple):
    """A rule that no profile expresses, and why."""

    name: str
    reason: str


class Imported(NamedTuple):
    """What became of a file's rules, in its order."""

    profiles: list[NamedProfile]
    refused: list[Refusal]


_Rule = tuple[str, Callable[[], PlainProfile]]


def profiles_of(text: str, file_format: str, cold_junction: str | None = None) -> Imported:
    """Every rule of a file.

    Args:
        text: the file, decoded.
        file_format: one of `FORMATS`.
        cold_junction: the sensor that records the cold junction of NI thermocouples, in °C.

    Raises:
        ImportRefused: the text as a whole is not of this format.
    """
    made = Imported([], [])
    for name, make in FORMATS[file_format](text, cold_junction):
        try:
            made.profiles.append(NamedProfile(name, make()))
        except ImportRefused as refusal:
            made.refused.append(Refusal(name, refusal.reason))
    return made


def _a2l(text: str, _: str | None) -> Iterator[_Rule]:
    methods = a2l.read(text)
    for name in methods.methods:
        yield name, partial(methods.profile, name)


def _epics(text: str, _: str | None) -> Iterator[_Rule]:
    database = epics.read(text)
    for name in database.tables:
        yield name, partial(database.table, name)
    for name in database.records:
        yield name, partial(database.record, name)


def _ni(text: str, cold_junction: str | None) -> Iterator[_Rule]:
    for (kind, name), properties in ni_properties.read(text).items():
        if kind == "DAQmxScale":
            yield name, partial(ni_scale.profile_of, name, properties)
        elif kind == "DAQmxChannel":
            yield name, partial(ni_channel.profile_of, name, properties, cold_junction)


def _xtce(text: str, _: str | None) -> Iterator[_Rule]:
    system = xtce.read(text)
    for path in system.document.parameters:
        yield path, partial(system.profile, path)


FORMATS: Mapping[str, Callable[[str, str | None], Iterator[_Rule]]] = {
    "a2l": _a2l,
    "epics": _epics,
    "ni": _ni,
    "xtce": _xtce,
}
"""Readers of whole files by the name of their format."""
