"""Idempotency-Key: a creating POST that is repeated gets its first answer again.

The answer is kept in the transaction that creates, so a key is known exactly if its work was done; a
request that failed leaves no trace and may be tried again under the same key.

claim (a dependency, after the rights were checked) -> new: handler -> keep -> commit
                                                    -> known: Replay
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from psycopg.types.json import Jsonb
from pydantic import BaseModel
from pydantic.config import JsonDict

from api.auth.caller import Caller
from api.statements import fetch_row, find_row, run
from api.transaction import Transaction
from barograph.database import Connection
from barograph.errors import Conflict, FieldError, Invalid

LIFE_S = 48 * 3600
SHOWN_ONCE: JsonDict = {"x-shown-once": True}
"""`json_schema_extra` of a field, such as a new token, that neither the table nor a replay may hold."""
_KEPT_HEADERS = ("content-type", "etag")


@dataclass(frozen=True)
class Claim:
    """A key in use by the present request."""

    key: dict[str, Any]
    request_hash: bytes


class Replay(Exception):
    """Ends the request with the answer kept under its key."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


async def _claim(
    request: Request,
    caller: Caller,
    connection: Transaction,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=255,
            description="Any text; for 48 h, a repeat of the request is answered as the first was",
        ),
    ] = None,
) -> None:
    if idempotency_key is None:
        return
    key = {"account_id": caller.id, "key": idempotency_key}
    lock = await fetch_row(connection, "idempotency.try_lock", key)
    if not lock["is_free"]:
        raise Conflict("a request with this Idempotency-Key is still running")
    request_hash = await _hash(request)
    await _replay_if_known(connection, key, request_hash)
    request.state.claim = Claim(key, request_hash)


Creation = Annotated[None, Depends(_claim)]
"""Comes last in the signature of a POST that creates, so that a replay checks the rights again."""


async def keep(request: Request, response: Response, model: type[BaseModel] | None) -> None:
    """Stores the answer under the key the request claimed, if it did."""
    claim: Claim | None = getattr(request.state, "claim", None)
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


async def _replay_if_known(connection: Connection, key: dict[str, Any], request_hash: bytes) -> None:
    row = await find_row(connection, "idempotency.find", key | {"life_s": LIFE_S})
    if row is None:
        return
    if row["request_hash"] != request_hash:
        fault = FieldError("/header/idempotency-key", "used before, for another request")
        raise Invalid("this Idempotency-Key belongs to another request", [fault])
    # Has this transaction's COMMIT wait until a synchronous standby has what the answer tells of.
    await run(connection, "durable.write_mark", {})
    headers = row["headers"] | {"Idempotent-Replayed": "true"}
    raise Replay(Response(row["body"], row["status"], headers))


async def _hash(request: Request) -> bytes:
    """Of what the request asks for: the same key for another path is another request."""
    target = f"{request.method} {request.url.path}?{request.url.query}\n"
    return hashlib.sha256(target.encode() + await request.body()).digest()


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
