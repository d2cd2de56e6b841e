"""Who sends a request, as far as that can be told before the database is asked: for turns and rates."""

from hashlib import blake2b

from fastapi import Request

from api.credentials.client_address import address_of
from api.credentials.cookies import session_token
from barograph.program.fair_turns import TurnTaker


def taker_of(request: Request) -> TurnTaker:
    """The address, and what the request proves its caller with, whether that holds or not."""
    return TurnTaker(address_of(request), credential_key(request))


def credential_key(request: Request) -> bytes | None:
    """Tells log-ins apart, and keeps none of them; None without any."""
    shown = request.headers.get("authorization") or session_token(request)
    return None if shown is None else blake2b(shown.encode(), digest_size=16).digest()
