"""The states of a stream."""

from enum import StrEnum


class StreamState(StrEnum):
    """A stream is `connecting`, `streaming`, `waiting` or `refused`, until it is `ended` or `closed`."""

    CONNECTING = "connecting"
    """There is no connection yet, or a new one is being made."""
    STREAMING = "streaming"
    """A connection is bound."""
    WAITING = "waiting"
    """The last try failed; there is another one soon."""
    REFUSED = "refused"
    """The server refuses the token, the producer or the path. There are more tries: somebody may mend it."""
    ENDED = "ended"
    """The server wants no more of this stream, and no other try is made."""
    CLOSED = "closed"
    """By whoever opened it."""
