"""XTCE documents as trees: read without running into what hostile XML can do, and names looked up in them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from conversion.errors import ImportRefused

MAX_CHARACTERS = 16 * 2**20
MAX_SHOWN = 100
"""Elements of a type, and characters of each value, that are shown as its text."""
MAX_SYSTEMS_DEEP = 50
NAMESPACES = {
    "http://www.omg.org/space/xtce": 1.1,
    "http://www.omg.org/space": 1.0,
}
_DATED = re.compile(r"https?://www\.omg\.org/spec/XTCE/(\d{8})", re.IGNORECASE)
_DATE_OF_1_2 = "20180204"


@dataclass(frozen=True, slots=True)
class PlacedElement:
    """An element and the path of the space system in which it stands, such as `/Sat/Bus`."""

    element: Element
    system: str


@dataclass(frozen=True, slots=True)
class Document:
    """An XTCE document: parameters and parameter types by path, such as `/Sat/Bus/Voltage`."""

    version: float | None
    """None where the namespace is not one of OMG's, or missing."""
    parameters: Mapping[str, PlacedElement]
    types: Mapping[str, PlacedElement]


def parse(text: str) -> Document:
    """The document in the text, given decoded.

    Python's parser follows no external references, but would expand entities; all of that begins with a
    document type declaration, which XTCE has no use for, so a text with one is refused before it is parsed.

    Raises:
        ImportRefused: the text is too long, holds a declaration, is no XML, or no XTCE.
    """
    if len(text) > MAX_CHARACTERS:
        raise ImportRefused("XTCE text", f"is longer than {MAX_CHARACTERS:,} characters")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ImportRefused("XTCE text", "declares a document type or entities")
    try:
        root = ET.fromstring(text)  # noqa: S314  # nothing is left in it to expand
    except ET.ParseError as error:
        raise ImportRefused("XTCE text", f"is no XML: {error}") from error
    if local_name(root) != "SpaceSystem":
        raise ImportRefused("XTCE text", "its root is no SpaceSystem")
    systems = list(_systems(root))
    return Document(_version(root.tag), _named(systems, "ParameterSet"), _named(systems, "ParameterTypeSet"))


def _version(tag: str) -> float | None:
    """The version by the namespace. Those with a date are 1.2 or later, or the drafts of 1.1 before it."""
    namespace = tag.removeprefix("{").rpartition("}")[0].rstrip("/")
    dated = _DATED.fullmatch(namespace)
    if dated:
        return 1.2 if dated[1] >= _DATE_OF_1_2 else 1.1
    return NAMESPACES.get(namespace)


def excerpt(element: Element) -> str:
    """The beginning of an element as XML, without namespaces."""
    shown: list[str] = []
    for each in islice(element.iter(), MAX_SHOWN):
        attributes = "".join(f' {name}="{value[:MAX_SHOWN]}"' for name, value in each.attrib.items())
        shown.append(f"<{local_name(each)}{attributes}>{(each.text or '')[:MAX_SHOWN].strip()}")
    return "".join(shown)


def local_name(element: Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def child(element: Element, name: str) -> Element | None:
    """The first child of this name, in whatever namespace the document has."""
    return next(children(element, name), None)


def children(element: Element, name: str) -> Iterator[Element]:
    """The children of this name."""
    return (each for each in element if local_name(each) == name)


def resolve(
    reference: str, system: str, where: Mapping[str, PlacedElement]
) -> tuple[str, PlacedElement] | None:
    """Finds what a name means in a space system: looks there, then in the systems around it."""
    while True:
        path = reference if reference.startswith("/") else f"{system}/{reference}"
        if path in where:
            return path, where[path]
        if reference.startswith("/") or not system:
            return None
        system = system.rpartition("/")[0]


def _systems(root: Element) -> Iterator[PlacedElement]:
    """All space systems, with their own paths."""
    waiting = [PlacedElement(root, f"/{root.get('name', '')}")]
    while waiting:
        found = waiting.pop()
        yield found
        if found.system.count("/") > MAX_SYSTEMS_DEEP:
            raise ImportRefused("XTCE text", f"has space systems more than {MAX_SYSTEMS_DEEP} deep")
        waiting += [
            PlacedElement(each, f"{found.system}/{each.get('name', '')}")
            for each in children(found.element, "SpaceSystem")
        ]


def _named(systems: list[PlacedElement], set_name: str) -> dict[str, PlacedElement]:
    """The members of the systems' sets, in telemetry and in commands, by path."""
    sets = [
        (found.system, each)
        for found in systems
        for part in found.element
        if local_name(part) in {"TelemetryMetaData", "CommandMetaData"}
        for each in children(part, set_name)
    ]
    return {
        f"{system}/{each.get('name', '')}": PlacedElement(each, system)
        for system, group in sets
        for each in group
    }
