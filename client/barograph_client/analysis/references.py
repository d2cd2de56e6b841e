"""How things are named: by id, by what was answered of them, sensors by key and experiments by name."""

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class HasId(Protocol):
    """Anything that was answered: a run, a sensor, …"""

    @property
    def id(self) -> str: ...


Reference = str | HasId
References = Reference | Sequence[Reference]


def has_form_of_id(text: str) -> bool:
    """Whether it can only be an id; the API refuses keys of that form."""
    return _ID.fullmatch(text) is not None


def reference_of(thing: Reference) -> str:
    """The text that names it."""
    return thing if isinstance(thing, str) else thing.id


def references_of(things: References | None) -> list[str]:
    """The texts that name them; one thing stands for a list of it."""
    if things is None:
        return []
    if isinstance(things, str) or not isinstance(things, Iterable):
        return [reference_of(things)]
    return [reference_of(each) for each in things]


def optional_id(thing: Reference | None) -> str | None:
    """The id of a thing that may be left out."""
    return None if thing is None else reference_of(thing)


def run_id_of(run: Reference) -> str:
    """The id of a run.

    Raises:
        ValueError: it is something else, such as a name, which several runs may have.
    """
    named = reference_of(run)
    if has_form_of_id(named):
        return named
    raise ValueError(f"{named!r} is no id of a run: client.runs(q={named!r}) finds runs by their names")


def optional_run_id(run: Reference | None) -> str | None:
    """The same where it may be left out."""
    return None if run is None else run_id_of(run)
