"""Errors that a gateway's program may meet.

ClientError
├── MalformedMessage     what came does not follow the protocol
├── Disconnected         the connection is gone; a stream mends that by itself and lets nobody see it
└── StreamEnded          the server wants no more of this stream; another try would end the same way
    ├── Refused          a frame or the bind was not acceptable
    │   └── SequenceConflict   a frame's number was used by other readings
    ├── TokenRefused     the token is invalid, expired or revoked
    ├── Forbidden        the token does not cover the producer
    └── Superseded       another connection streams for this producer now
"""


def in_words(error: Exception) -> str:
    """An error as people say it: of a file, its name and what is wrong with it."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__


class ClientError(Exception):
    """Root of this library's errors."""


class MalformedMessage(ClientError):
    """A message does not follow the protocol."""


class Disconnected(ClientError):
    """The connection is gone or was never made, for a reason that may pass. `advice` says what to do."""

    def __init__(self, detail: str, advice: str = "") -> None:
        super().__init__(f"{detail}: {advice}" if advice else detail)
        self.detail, self.advice = detail, advice


class StreamEnded(ClientError):
    """The stream is over.

    `code` is the protocol's word for why, `detail` the server's explanation, `advice` what to do about it.
    """

    def __init__(self, code: str, detail: str, advice: str = "") -> None:
        super().__init__(f"{code}: {detail} (what to do: {advice})" if advice else f"{code}: {detail}")
        self.code, self.detail, self.advice = code, detail, advice


class Refused(StreamEnded):
    """What was sent is not acceptable: malformed, out of sequence, in conflict, or too big."""


class SequenceConflict(Refused):
    """A frame's number was used by other readings before. None of this frame is stored.

    The gateway's memory of its sequence is wrong, as after a restore from a copy, or two gateways share a
    name. Sending it again can't help. Go on after the server's `last_seq`, or bind with `resume_at`.
    """


class TokenRefused(StreamEnded):
    """The ingest token is invalid, expired or revoked."""


class Forbidden(StreamEnded):
    """The ingest token does not cover this producer."""


class Superseded(StreamEnded):
    """A newer connection has bound the same producer."""
