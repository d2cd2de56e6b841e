"""The messages around the data: what a gateway says first, and what the server answers.

Fields that this version does not know are passed over, so that the server may add some.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from barograph_client.errors import MalformedMessage

PROTOCOL = 1


@dataclass(frozen=True, slots=True)
class Hello:
    """The server's first message: its limits and its clock. `window` is the most frames without an ack."""

    max_frame_bytes: int
    max_frame_readings: int
    window: int
    server_time: str | None = None


@dataclass(frozen=True, slots=True)
class BoundChannel:
    """One sensor of the bind; `error` says why its readings will be rejected, if they will."""

    channel: int
    sensor_id: str | None
    key: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Bound:
    """The answer to a bind: everything up to `last_seq` is stored, the next frame is the one after.

    `channels` are those in error, where the bind asked for no others.
    """

    last_seq: int
    channels: tuple[BoundChannel, ...]


@dataclass(frozen=True, slots=True)
class Reject:
    """The reading at `index` of frame `seq` was refused; it is kept among the dead letters."""

    seq: int
    index: int
    code: str


@dataclass(frozen=True, slots=True)
class Ack:
    """Every frame up to `seq` is durable. Counts are readings, of what this ack newly covers.

    At most 100 rejects are listed; `rejected_total` counts them all.
    """

    seq: int
    accepted: int
    duplicate: int
    rejected: tuple[Reject, ...]
    rejected_total: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the server is about to close the connection."""

    code: str
    detail: str
    seq: int | None


ServerMessage = Hello | Bound | Ack | Failure


def encode_bind(
    producer: str,
    sensors: Sequence[str],
    *,
    historical: bool = False,
    resume_at: int | None = None,
    answer: Literal["all", "errors"] = "all",
    agent: str | None = None,
) -> str:
    """Name the producer, and the sensors of channels 0 to n - 1; `answer` says which the server lists."""
    message: dict[str, object] = {"type": "bind", "producer": producer, "sensors": list(sensors)}
    if historical:
        message["historical"] = True
    if resume_at is not None:
        message["resume_at"] = resume_at
    if answer != "all":
        message["answer"] = answer
    if agent is not None:
        message["agent"] = agent
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def decode_server_message(text: bytes | str) -> ServerMessage:
    """Read what a server sends.

    Raises:
        MalformedMessage: it is none of the protocol's messages, or of another version.
    """
    try:
        message: dict[str, Any] = json.loads(text)
        return _READERS[message["type"]](message)
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedMessage(f"not a server's message: {error!r}") from error


def _hello(message: dict[str, Any]) -> Hello:
    if message["protocol"] != PROTOCOL:
        raise ValueError(f"protocol {message['protocol']}, this library speaks {PROTOCOL}")
    return Hello(
        int(message["max_frame_bytes"]),
        int(message["max_frame_readings"]),
        int(message["window"]),
        str(message["server_time"]) if "server_time" in message else None,
    )


def _bound(message: dict[str, Any]) -> Bound:
    channels = cast("list[dict[str, Any]]", message["channels"])
    return Bound(
        int(message["last_seq"]),
        tuple(
            BoundChannel(int(each["channel"]), each.get("sensor_id"), each.get("key"), each.get("error"))
            for each in channels
        ),
    )


def _ack(message: dict[str, Any]) -> Ack:
    listed = cast("list[dict[str, Any]]", message["rejected"])
    rejected = tuple(Reject(int(each["seq"]), int(each["index"]), str(each["code"])) for each in listed)
    return Ack(
        int(message["seq"]),
        int(message["accepted"]),
        int(message["duplicate"]),
        rejected,
        int(message.get("rejected_total", len(rejected))),
    )


def _failure(message: dict[str, Any]) -> Failure:
    return Failure(str(message["code"]), str(message.get("detail", "")), message.get("seq"))


_READERS = {"hello": _hello, "bound": _bound, "ack": _ack, "error": _failure}
