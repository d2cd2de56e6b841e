"""Whether it is an API of Barograph that answers: an address may be another server's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from barograph_client.analysis.extra import httpx
from barograph_client.analysis.problems import ApiUnavailable

JSON = "application/json"
# What a server has no words of its own for.
_UNKNOWN = "about:blank"


def check_is_api(answer: httpx.Response, *, is_json: bool) -> None:
    """Comes back if it may be an answer of the API's.

    Args:
        is_json: nothing else is expected of it.

    Raises:
        ApiUnavailable: it is none, such as a page to log in at, or it sends on to another address.
    """
    url = answer.request.url.copy_with(query=None)
    if answer.is_redirect:
        to = answer.headers.get("location", "elsewhere")
        raise ApiUnavailable(f"{url} sends on to {to}: that may be the address to give")
    kind = answer.headers.get("content-type", JSON)
    if is_json and not kind.startswith(JSON):
        raise ApiUnavailable(f"what answers at {url} is no API of Barograph: it sends {kind}")


def document_of(answer: httpx.Response) -> object:
    """The document of an answer of 400 and above."""
    try:
        document: object = answer.json()
    except ValueError:
        document = {}
    if _type_of(document) != _UNKNOWN or answer.status_code not in {404, 405}:
        return document
    # Each path that is asked for is one of the API's.
    url = answer.request.url.copy_with(query=None)
    return {
        "detail": f"there is nothing of the API at {url}: another program answers there, or an older release"
    }


def _type_of(document: object) -> object:
    is_some = isinstance(document, Mapping)
    return cast("Mapping[str, object]", document).get("type", _UNKNOWN) if is_some else _UNKNOWN
