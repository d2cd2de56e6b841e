"""Whole files of other systems: their rules as profiles, and those that can't be, with reasons.

What a file costs is bounded by its size: many rules may name one table, so what all rules together look at is
counted, and the rules that would exceed it are refused.

Why: decision 171.
"""

import codecs
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from conversion.errors import ImportRefused
from conversion.importers.a2l import rules as a2l
from conversion.importers.epics import breakpoints as epics_data
from conversion.importers.epics import records as epics
from conversion.importers.mdf import blocks as mdf_file
from conversion.importers.mdf import rules as mdf
from conversion.importers.ni import channel as ni_channel
from conversion.importers.ni import properties as ni_properties
from conversion.importers.ni import scale as ni_scale
from conversion.importers.ni import tdms, tdms_file
from conversion.importers.rule import PlainProfile
from conversion.importers.xtce import systems as xtce

MAX_TEXT = 2000
FREE_SIZE = 100_000
"""What a file's rules may look at beyond one item for every three bytes: tokens, elements or values."""

_TOO_MUCH = "the file's rules use its tables so often that together they are too large"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class ImportOptions(NamedTuple):
    """Options that no file holds."""

    cold_junction: str | None = None
    """The sensor that records the cold junction of NI thermocouples, in °C."""

    raw_range: tuple[float, float] | None = None
    """What the device of EPICS records gives at EGUL and at EGUF."""


class NamedProfile(NamedTuple):
    """A rule's name in its file, the profile that does what it does, and the rule as the file has it."""

    name: str
    profile: PlainProfile
    text: str


class RuleRefusal(NamedTuple):
    """A rule that no profile expresses, why, and the rule as the file has it."""

    name: str
    reason: str
    text: str


class Imported(NamedTuple):
    """The profiles and faults of a file's rules, in its order."""

    profiles: list[NamedProfile]
    refused: list[RuleRefusal]


class FileRule(NamedTuple):
    """A rule of a file: how to make its profile, how much that looks at, and the rule's text."""

    name: str
    make: Callable[[], PlainProfile]
    size: int
    text: Callable[[], str]


def profiles_of(content: bytes, file_format: str, options: ImportOptions) -> Imported:
    """Every rule of a file.

    Args:
        content: the file. Text is UTF-8, UTF-16 with a mark, or else Latin-1.
        file_format: one of `FORMATS`.
        options: what no file says.

    Raises:
        ImportRefused: the file as a whole is not of this format.
    """
    made = Imported([], [])
    left = FREE_SIZE + len(content) // 3
    for name, make, size, text in FORMATS[file_format](content, options):
        left -= size
        if left < 0:
            made.refused.append(RuleRefusal(name, _TOO_MUCH, ""))
            continue
        shown = text()[:MAX_TEXT]
        try:
            made.profiles.append(NamedProfile(name, make(), shown))
        except ImportRefused as refusal:
            made.refused.append(RuleRefusal(name, refusal.reason, shown))
    return made


def decoded(content: bytes) -> str:
    """The text of a file; a NUL, which no database takes, becomes a replacement character."""
    if content.startswith(_UTF_16):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _a2l(content: bytes, _: ImportOptions) -> Iterator[FileRule]:
    methods = a2l.read(decoded(content))
    for name, block in methods.methods.items():
        yield FileRule(name, partial(methods.profile, name), methods.size(name), block.text)


def _epics(content: bytes, options: ImportOptions) -> Iterator[FileRule]:
    text = decoded(content)
    if epics_data.is_data(text):
        data = epics_data.read(text)
        yield FileRule(
            data.name, partial(epics_data.profile_of, data), len(data.values), partial(str, text[:MAX_TEXT])
        )
        return
    database = epics.read(text)
    for name in database.tables:
        yield FileRule(name, partial(database.table, name), database.size(name), partial(database.text, name))
    for name in database.records:
        make = partial(database.record, name, options.raw_range)
        yield FileRule(name, make, database.size(name), partial(database.text, name))


def _ni(content: bytes, options: ImportOptions) -> Iterator[FileRule]:
    for (kind, name), properties in ni_properties.read(decoded(content)).items():
        text = partial(_listed, f"[{kind} {name}]", properties)
        if kind == "DAQmxScale":
            make = partial(ni_scale.profile_of, name, properties)
        else:
            make = partial(ni_channel.profile_of, name, properties, options.cold_junction)
        yield FileRule(name, make, len(properties), text)


def _xtce(content: bytes, _: ImportOptions) -> Iterator[FileRule]:
    system = xtce.read(decoded(content))
    for path in system.document.parameters:
        yield FileRule(path, partial(system.profile, path), system.size(path), partial(system.text, path))


def _mdf(content: bytes, _: ImportOptions) -> Iterator[FileRule]:
    file = mdf_file.read(content)
    for name in file.channels:
        yield FileRule(name, partial(_mdf_profile, file, name), file.size(name), partial(file.text, name))


def _mdf_profile(file: mdf_file.MdfFile, name: str) -> PlainProfile:
    return mdf.profile_of(file.conversion(name))


def _tdms(content: bytes, _: ImportOptions) -> Iterator[FileRule]:
    for path, properties in tdms_file.read(content).items():
        if tdms.has_scales(properties):
            make, text = partial(tdms.profile_of, path, properties), partial(_listed, path, properties)
            yield FileRule(path, make, len(properties), text)


def _listed(title: str, properties: Mapping[str, object]) -> str:
    return "\n".join([title, *(f"{key} = {value}" for key, value in properties.items())])


FORMATS: Mapping[str, Callable[[bytes, ImportOptions], Iterator[FileRule]]] = {
    "a2l": _a2l,
    "epics": _epics,
    "mdf": _mdf,
    "ni": _ni,
    "tdms": _tdms,
    "xtce": _xtce,
}
"""Readers of whole files by the name of their format."""
