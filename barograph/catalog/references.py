"""How people name a sensor: by its key, or by its public id in letters of either case."""

import re

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_UUID_CHARACTERS = 36


def has_form_of_id(reference: str) -> bool:
    """Whether it could be a public id. No key is made that could: it might be another sensor's id."""
    return len(reference) == _UUID_CHARACTERS and _UUID.fullmatch(reference) is not None


def canonical(reference: str) -> str:
    """The reference as catalogs hold it: ids in small letters, keys as they are."""
    return reference.lower() if has_form_of_id(reference) else reference
