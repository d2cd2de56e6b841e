"""The answers kept under an Idempotency-Key. A repeat of the request gets its first answer again.

The answer is kept in the transaction that creates, so a key is known exactly if its work was done; a
request that failed leaves no trace and may be tried again under the same key.
"""

import json
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from psycopg.types.json import Jsonb
from pydantic import BaseModel
from pydantic.config import JsonDict

from api.edge.statements import find_row, run
from barograph.database.connections import Connection
from barograph.errors import FieldError, Invalid

KEPT_S = 48 * 3600
SHOWN_ONCE: JsonDict = {"x-shown-once": True}
"""`json_schema_extra` of a field, such as a new token, that neither the table nor a replay may hold."""
_KEPT_HEADERS = ("content-type", "etag")


@dataclass(frozen=True)
class IdempotencyClaim:
    """A key in use by the present request."""

    key: dict[str, Any]
    request_hash: bytes


class ReplayedAnswer(Exception):
    """An answer kept under a key. Raised, it ends the request."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


async def keep(request: Request, response: Response, model: type[BaseModel] | None) -> None:
    """Stores the answer under the key the request claimed, if it did."""
    claim: IdempotencyClaim | None = getattr(request.state, "claim", None)
    if claim is None:
        return
    connection: Connection = request.state.connection
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    answer = {
        "request_hash": claim.request_hash,
        "status": response.status_code,
        "headers": Jsonb(headers),
        "body": _without_secrets(bytes(response.body), model),
    }
    await run(connection, "idempotency.keep", claim.key | answer)


async def replay_if_known(connection: Connection, key: dict[str, Any], request_hash: bytes) -> None:
    """Ends the request if its key is known.

    Raises:
        ReplayedAnswer: the key belongs to this request.
        Invalid: it belongs to another one.
    """
    row = await find_row(connection, "idempotency.find", key | {"life_s": KEPT_S})
    if row is None:
        return
    if row["request_hash"] != request_hash:
        fault = FieldError("/header/idempotency-key", "used before, for another request")
        raise Invalid("this Idempotency-Key belongs to another request", [fault])
    # Has this transaction's COMMIT wait until a synchronous standby has what the answer tells of.
    await run(connection, "durable.write_mark", {})
    headers = row["headers"] | {"Idempotent-Replayed": "true"}
    raise ReplayedAnswer(Response(row["body"], row["status"], headers))


def _without_secrets(body: bytes, model: type[BaseModel] | None) -> bytes:
    secrets = [
        name
        for name, field in (model.model_fields if model else {}).items()
        if field.json_schema_extra == SHOWN_ONCE
    ]
    if not secrets:
        return body
    document = json.loads(body)
    return json.dumps({name: value for name, value in document.items() if name not in secrets}).encode()
