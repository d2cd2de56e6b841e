"""Versions of items: the ETag they are sent with, and the If-Match they come back in."""

import re
from typing import Annotated, Any

from fastapi import Depends, Header
from fastapi.responses import JSONResponse

from barograph.errors import PreconditionFailed


class ItemResponse(JSONResponse):
    """An item as JSON, its version as its ETag."""

    def __init__(self, content: Any, status_code: int = 200, **options: Any) -> None:  # noqa: ANN401  # JSONResponse's
        super().__init__(content, status_code, **options)
        self.headers["ETag"] = f'"{content["version"]}"'


class ExpectedVersions:
    """The versions that a change may be applied to. Without If-Match it is any version."""

    def __init__(self, if_match: str | None) -> None:
        is_any = if_match is None or if_match.strip() == "*"
        self._versions = None if is_any else frozenset(re.findall(r'"([^"]*)"', if_match or ""))

    def check(self, version: int) -> None:
        """Call with the row locked, or another change may slip between.

        Raises:
            PreconditionFailed: the item is at another version.
        """
        if self._versions is not None and str(version) not in self._versions:
            raise PreconditionFailed(f"the item is at version {version}; read it again")


async def _expected(
    if_match: Annotated[
        str | None, Header(description="Apply the change only to this ETag", examples=['"1"'])
    ] = None,
) -> ExpectedVersions:
    return ExpectedVersions(if_match)


IfMatch = Annotated[ExpectedVersions, Depends(_expected)]
