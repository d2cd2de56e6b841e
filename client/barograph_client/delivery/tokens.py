"""Where an ingest token comes from: it may be renewed while a stream lives."""

import inspect
from collections.abc import Awaitable, Callable
from pathlib import Path

from barograph_client.errors import TokenRefused, in_words

TokenSource = str | Path | Callable[[], str | Awaitable[str]]
"""The token itself, a file that holds it, or a function, plain or asynchronous, that returns it."""


def is_renewable(source: TokenSource) -> bool:
    """Whether another look may give another token."""
    return not isinstance(source, str)


async def current_token(source: TokenSource) -> str:
    """The token as it is now.

    Raises:
        TokenRefused: there is none, or it can't be a header.
    """
    token = (await _look(source)).strip()
    if not token or not token.isascii() or not token.isprintable():
        where = source if isinstance(source, Path) else "what was given as token"
        raise TokenRefused("no-token", f"{where} holds no token", "give it one of `barograph token create`")
    return token


async def _look(source: TokenSource) -> str:
    if isinstance(source, str):
        return source
    try:
        if isinstance(source, Path):
            return source.read_text(encoding="utf-8")
        answer = source()
        return await answer if inspect.isawaitable(answer) else answer
    except Exception as error:
        what = in_words(error) if isinstance(error, OSError) else repr(error)
        detail = f"the token can't be read: {what}"
        raise TokenRefused("no-token", detail, "mend the file or the function that gives it") from error
