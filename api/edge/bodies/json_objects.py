"""JSON objects of any shape that clients send, such as parameters and metadata. They are kept as they are.

Their size and depth are bounded: lists stay light, and deep nesting exhausts nobody who reads them.
"""

import json
from typing import Annotated, Any, cast

from pydantic import AfterValidator, Field

MAX_BYTES = 64 * 1024
MAX_LEVELS = 32


def _check(document: dict[str, Any]) -> dict[str, Any]:
    _check_parts(document)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    if len(text.encode()) > MAX_BYTES:
        raise ValueError(f"an object holds at most {MAX_BYTES:,} bytes as JSON")
    return document


def _check_parts(document: dict[str, Any]) -> None:
    """Level by level, so that depth costs no stack."""
    level: list[Any] = [document]
    for _ in range(MAX_LEVELS):
        level = [part for whole in level for part in _parts(whole)]
        if any(isinstance(part, str) and "\0" in part for part in level):
            raise ValueError("text holds no NUL characters")
    if level:
        raise ValueError(f"an object is nested at most {MAX_LEVELS} levels deep")


def _parts(whole: object) -> list[Any]:
    if isinstance(whole, dict):
        mapping = cast("dict[str, Any]", whole)
        return [*mapping.keys(), *mapping.values()]
    return cast("list[Any]", whole) if isinstance(whole, list) else []


FreeForm = Annotated[
    dict[str, Any],
    AfterValidator(_check),
    Field(description=f"Any object; at most {MAX_BYTES // 1024} KiB, nested {MAX_LEVELS} levels deep"),
]
