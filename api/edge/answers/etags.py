"""Versions of items: the ETag they are sent with, and the If-Match they come back in.

And answers that the client has already: 304 in their place.

An ETag is the version, `"3"`, where that tells all that the item shows. Other items show what changes
without it, such as when a sensor was seen last: a hash of the answer follows, `"3.9f86d081"`. In If-Match,
the version counts, whether the ETag is weak or not: a proxy that packs answers makes it weak.

Why: decision 961.
"""

import hashlib
import re
from typing import Annotated, Any

from fastapi import Depends, Header, Response
from fastapi.responses import JSONResponse

from barograph.errors import PreconditionFailed

MAX_HASHED_BYTES = 2**20
"""What is larger is no list that anybody asks for again and again, and would hold up the event loop."""


class ItemResponse(JSONResponse):
    """An item as JSON, its version as its ETag."""

    def __init__(self, content: Any, status_code: int = 200, **options: Any) -> None:  # noqa: ANN401  # JSONResponse's
        super().__init__(content, status_code, **options)
        self.headers["ETag"] = f'"{self.tag(content["version"])}"'

    def tag(self, version: int) -> str:
        """The content of the ETag."""
        return str(version)


class LivelyItemResponse(ItemResponse):
    """An item that shows what changes without its version."""

    def tag(self, version: int) -> str:
        return f"{version}.{_digest(self.body)}"


def unless_known(if_none_match: str | None, response: Response) -> Response:
    """The answer to a read, or 304 if the client has it. A list is known by a hash of what it says."""
    if response.status_code != 200 or response.media_type != JSONResponse.media_type:
        return response
    if "etag" not in response.headers:
        if len(response.body) > MAX_HASHED_BYTES:
            return response
        response.headers["ETag"] = f'W/"{_digest(response.body)}"'
    if if_none_match is None or not names_etag(if_none_match, response.headers["etag"]):
        return response
    headers = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
    return Response(status_code=304, headers=headers)


def names_etag(if_none_match: str, etag: str) -> bool:
    """Whether the header names it, as RFC 9110 compares for caches: weak or not."""
    return if_none_match.strip() == "*" or etag.removeprefix("W/").strip('"') in _opaque(if_none_match)


def _digest(body: bytes | memoryview) -> str:
    return hashlib.blake2b(body, digest_size=12).hexdigest()


def _opaque(header: str) -> list[str]:
    return re.findall(r'"([^"]*)"', header)


class ExpectedVersions:
    """The versions that a change may be applied to. Without If-Match it is any version."""

    def __init__(self, if_match: str | None) -> None:
        is_any = if_match is None or if_match.strip() == "*"
        self._versions = None if is_any else frozenset(map(_version, _opaque(if_match or "")))

    def check(self, version: int) -> None:
        """Call with the row locked, or another change may slip between.

        Raises:
            PreconditionFailed: the item is at another version.
        """
        if self._versions is not None and str(version) not in self._versions:
            raise PreconditionFailed(f"the item is at version {version}; read it again")


def _version(opaque: str) -> str:
    """The version in an ETag that says more."""
    version, _, _ = opaque.partition(".")
    return version


async def _expected(
    if_match: Annotated[
        str | None, Header(description="Apply the change only to this ETag", examples=['"1"'])
    ] = None,
) -> ExpectedVersions:
    return ExpectedVersions(if_match)


IfMatch = Annotated[ExpectedVersions, Depends(_expected)]
