"""`python -m tools.event_document`: the AsyncAPI document of events and the table in `docs/events.md`, from
the list of types (`barograph/events/kinds.py`).
"""

import re
from pathlib import Path
from typing import Any

import yaml

from barograph.events.kinds import EVENT_KINDS, EventKind

DOCS = Path(__file__).parent.parent / "docs"
DOCUMENT = DOCS / "asyncapi-events.yaml"
PAGE = DOCS / "events.md"
_TABLE = re.compile(r"(?<=<!-- types -->\n).*?(?=<!-- /types -->)", re.DOTALL)
_TIME = "2026-11-27T09:45:00.000123Z"
_ID = "7e0c2f63-1d6b-4f0e-8c5f-2f1f8f9f7a01"
_PROJECT = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
_ADDRESSES = {
    "stream": ("/api/v1/events", "Server-sent events: each message's data is one event. Resumed by its id"),
    "redis": (
        "barograph:events:{project}",
        "A stream in Redis; the fields id, type, time and data (JSON text)",
    ),
    "webhook": ("{url}", "A POST to a webhook's address, signed as Standard Webhooks"),
}


def example_of(kind: str) -> dict[str, Any]:
    """A whole event, as a webhook gets it."""
    return {
        "id": _ID,
        "type": kind,
        "time": _TIME,
        "project_id": _PROJECT,
        "data": dict(EVENT_KINDS[kind].data),
    }


def document() -> dict[str, Any]:
    """The AsyncAPI document."""
    messages = {kind: _message(kind, each) for kind, each in EVENT_KINDS.items()}
    references = [{"$ref": f"#/components/messages/{kind}"} for kind in messages]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Barograph's events",
            "version": "1",
            "description": "What happens in a project, as it is told by streams, in Redis, and to webhooks. "
            "Each event comes at least once; its `id` tells repeats.",
        },
        "channels": {
            name: {
                "address": address,
                "description": said,
                "messages": dict(zip(messages, references, strict=True)),
                **_parameters(address),
            }
            for name, (address, said) in _ADDRESSES.items()
        },
        "operations": {
            f"tell_{name}": {"action": "send", "channel": {"$ref": f"#/channels/{name}"}}
            for name in _ADDRESSES
        },
        "components": {"messages": messages, "schemas": {"Event": _schema()}},
    }


def table() -> str:
    """The types as a table, with an example of what each tells."""
    rows = [
        f"| `{kind}` | {each.says} | {', '.join(f'`{name}`' for name in each.data)} |"
        for kind, each in EVENT_KINDS.items()
    ]
    return "\n".join(["| type | written when | `data` |", "|---|---|---|", *rows, ""])


def written() -> dict[Path, str]:
    """The content of each file."""
    text = yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=120)
    page = _TABLE.sub(lambda _: table(), PAGE.read_text(encoding="utf-8"))
    return {DOCUMENT: f"# Written by `python -m tools.event_document`.\n{text}", PAGE: page}


def _parameters(address: str) -> dict[str, Any]:
    names = re.findall(r"\{(\w+)\}", address)
    return {"parameters": {name: {} for name in names}} if names else {}


def _message(kind: str, each: EventKind) -> dict[str, Any]:
    return {
        "name": kind,
        "summary": each.says,
        "contentType": "application/json",
        "payload": {"$ref": "#/components/schemas/Event"},
        "examples": [{"payload": example_of(kind)}],
    }


def _schema() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["id", "type", "time", "data"],
        "properties": {
            "id": text | {"format": "uuid", "description": "Of the event, wherever it is told"},
            "type": text,
            "time": text | {"format": "date-time", "description": "When its transaction began"},
            "project_id": text | {"format": "uuid", "description": "To webhooks alone"},
            "data": {"type": "object", "description": "By its type"},
        },
        "additionalProperties": False,
    }


if __name__ == "__main__":
    for path, content in written().items():
        path.write_text(content, encoding="utf-8")
