"""Idempotency-Key: claiming it for a creating POST, once the caller's rights are known.

claim (a dependency, after the rights were checked) -> new: handler -> keep -> commit
                                                    -> known: the first answer again

Why: decision 11.
"""

import hashlib
from typing import Annotated

from fastapi import Depends, Header, Request

from api.edge.answers.replays import IdempotencyClaim, replay_if_known
from api.edge.statements import fetch_row
from api.edge.transaction import Transaction
from api.rights.caller import Proof, find_caller
from barograph.errors import Conflict


async def _claim(
    request: Request,
    credential: Proof,
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
    caller = await find_caller(credential, connection)
    key = {"account_id": caller.id, "key": idempotency_key}
    lock = await fetch_row(connection, "idempotency.try_lock", key)
    if not lock["is_free"]:
        raise Conflict("a request with this Idempotency-Key is still running")
    request_hash = await _hash(request)
    await replay_if_known(connection, key, request_hash)
    request.state.claim = IdempotencyClaim(key, request_hash)


Creation = Annotated[None, Depends(_claim)]
"""Comes last in the signature of a POST that creates, so that a replay checks the rights again. It asks who
calls only if there is a key.
"""


async def _hash(request: Request) -> bytes:
    """The hash of what the request asks for: the same key for another path is another request."""
    target = f"{request.method} {request.url.path}?{request.url.query}\n"
    return hashlib.sha256(target.encode() + await request.body()).digest()
