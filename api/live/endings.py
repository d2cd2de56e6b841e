"""Why a stream ends: the close code of a WebSocket, which events name too, and the same in words."""

from typing import NamedTuple, Protocol

import psycopg

from barograph.database.refusals import translate
from barograph.errors import BarographError, Forbidden, Invalid, Unauthenticated


class StreamEnding(NamedTuple):
    """The way in which a stream ends."""

    close: int
    slug: str
    detail: str


class OpenStream(Protocol):
    """A stream that can be ended."""

    def end(self, ending: StreamEnding) -> None:
        """Ends the stream, and says why."""
        ...


GOING_AWAY = StreamEnding(1012, "going-away", "the server goes away; come back with the last position")
NOTHING_LEFT = StreamEnding(4404, "unknown-sensor", "none of the sensors is there any more")
LOGGED_OUT = StreamEnding(4401, "unauthenticated", "the log-in has ended")
NOT_YOURS = StreamEnding(4403, "forbidden", "what you watch is not yours to see any more")


def ending_of(error: BarographError | psycopg.Error) -> StreamEnding:
    """The ending of a stream by this error."""
    if isinstance(error, psycopg.Error):
        return ending_of(translate(error))
    match error:
        case Unauthenticated():
            return LOGGED_OUT
        case Forbidden():
            return StreamEnding(4403, "forbidden", error.detail)
        case Invalid():
            return StreamEnding(4400, "invalid", described(error))
        case _:
            return StreamEnding(1013, "unavailable", error.detail)


def described(error: Invalid) -> str:
    """Says what is wrong, and where."""
    return "; ".join([error.detail, *(f"{each.pointer}: {each.detail}" for each in error.errors)])
