"""XTCE documents as trees: read without running into what hostile XML can do, and names looked up in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from conversion.errors import ImportRefused

MAX_CHARACTERS = 16 * 2**20
NAMESPACES = {
    "http://www.omg.org/spec/XTCE/20180204": 1.2,
    "http://www.omg.org/space/xtce": 1.1,
    "http://www.omg.org/space": 1.0,
}


@dataclass(frozen=True, slots=True)
class Found:
    """An element and the path of the space system in which it stands, such as `/Sat/Bus`."""

    element: Element
    system: str


@dataclass(frozen=True, slots=True)
class Document:
    """An XTCE document: parameters and parameter types by path, such as `/Sat/Bus/Voltage`."""

    version: float
    parameters: Mapping[str, Found]
    types: Mapping[str, Found]


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
    namespace, _, name = root.tag[1:].rpartition("}")
    if name != "SpaceSystem" or namespace not in NAMESPACES:
        raise ImportRefused("XTCE text", "its root is no SpaceSystem of XTCE 1.0 to 1.2")
    systems = list(_systems(root))
    return Document(
        NAMESPACES[namespace], _named(systems, "ParameterSet"), _named(systems, "ParameterTypeSet")
    )


def local_name(element: Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def child(element: Element, name: str) -> Element | None:
    """The first child of this name, in whatever namespace the document has."""
    return next(children(element, name), None)


def children(element: Element, name: str) -> Iterator[Element]:
    """The children of this name."""
    return (each for each in element if local_name(each) == name)


def resolve(reference: str, system: str, where: Mapping[str, Found]) -> tuple[str, Found] | None:
    """What a name reference means in a space system: looked for there, then in the systems around it."""
    while True:
        path = reference if reference.startswith("/") else f"{system}/{reference}"
        if path in where:
            return path, where[path]
        if reference.startswith("/") or not system:
            return None
        system = system.rpartition("/")[0]


def _systems(root: Element) -> Iterator[Found]:
    """All space systems, with their own paths."""
    waiting = [Found(root, f"/{root.get('name', '')}")]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += [
            Found(each, f"{found.system}/{each.get('name', '')}")
            for each in children(found.element, "SpaceSystem")
        ]


def _named(systems: list[Found], set_name: str) -> dict[str, Found]:
    """The members of the systems' sets, in telemetry and in commands, by path."""
    sets = [
        (found.system, each)
        for found in systems
        for part in found.element
        if local_name(part) in {"TelemetryMetaData", "CommandMetaData"}
        for each in children(part, set_name)
    ]
    return {
        f"{system}/{each.get('name', '')}": Found(each, system) for system, group in sets for each in group
    }
