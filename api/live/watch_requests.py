"""What a client asks to watch, and which picture that is. Pure."""

import re
from datetime import UTC
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.live.pictures import LiveWindow
from api.sensors.references import SensorReference
from api.series.asked.named_sensors import MAX_SENSORS
from api.series.asked.wanted_values import Layer
from api.series.line.buckets import choose_bucket, parse_bucket
from api.series.stored.positions import Drawing
from barograph.database.positions import Position
from barograph.errors import FieldError, Invalid, fault_text
from barograph.times import DAY_US, parse_time, to_us

MAX_COLUMNS = 4000
DEFAULT_COLUMNS = 300
MAX_RATE_HZ = 20.0
DEFAULT_RATE_HZ = 10.0
# A window of years would be read whole, when it begins.
MAX_WINDOW_US = 400 * DAY_US
# A wide bucket changes slowly: what it shows is sent after half of it has passed, and at least so often.
MAX_INTERVAL_S = 2.0
_AGO = re.compile(r"-(.{1,30})")


class WatchRequest(BaseModel):
    """The message `watch`; the parameters of the stream of events likewise."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    type: Literal["watch"] = "watch"
    id: int = Field(ge=0, lt=2**31)
    sensors: list[SensorReference] = Field(min_length=1, max_length=MAX_SENSORS)
    project: UUID | None = None
    layer: Layer = "physical"
    start: str = Field(alias="from", max_length=40)
    to: str | None = Field(default=None, max_length=40)
    columns: int = Field(default=DEFAULT_COLUMNS, ge=1, le=MAX_COLUMNS)
    rate_hz: float = Field(default=DEFAULT_RATE_HZ, gt=0, le=MAX_RATE_HZ, allow_inf_nan=False)
    since: str | None = Field(default=None, max_length=20_000)

    @property
    def window(self) -> LiveWindow:
        """The time that is asked for.

        Raises:
            Invalid: it is none, or longer than 400 days.
        """
        to_us = None if self.to is None else _time_us(self.to, "to")
        ago = _AGO.fullmatch(self.start)
        if ago is not None:
            if to_us is not None:
                raise _unfit("to", "a window that moves has no end: leave it out, or name a time in from")
            length_us = parse_bucket(ago[1], "from")
            if length_us > MAX_WINDOW_US:
                raise _unfit("from", "a window is at most 400 days long")
            return LiveWindow(length_us)
        from_us = _time_us(self.start, "from")
        if to_us is not None and not from_us < to_us <= from_us + MAX_WINDOW_US:
            raise _unfit("to", "lies after from, by 400 days at most")
        return LiveWindow(None, from_us, to_us)

    @property
    def held(self) -> tuple[Drawing, Position] | None:
        """How the client's picture was drawn, and up to where it holds; None where it holds nothing."""
        return None if self.since is None else Drawing.parse(self.since)

    def size_us(self, now_us: int) -> int:
        """The size of the smallest round bucket of which so many columns hold the window."""
        window = self.window
        if window.length_us is not None:
            # One more than fits may be seen in part, at both ends.
            return choose_bucket(0, window.length_us, max(self.columns - 1, 1))
        assert window.from_us is not None  # noqa: S101  # it stands
        to_us = window.to_us if window.to_us is not None else max(now_us, window.from_us + 1)
        return choose_bucket(window.from_us, to_us, self.columns)

    def interval_s(self, size_us: int) -> float:
        """The least time between two patches."""
        return max(1 / self.rate_hz, min(size_us / 2_000_000, MAX_INTERVAL_S))


class UnwatchMessage(BaseModel):
    """Forgets a watch."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["unwatch"]
    id: int


class ReadyMessage(BaseModel):
    """What was sent has been drawn: another patch may come."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["ready"]


class _Message(BaseModel):
    message: Annotated[WatchRequest | UnwatchMessage | ReadyMessage, Field(discriminator="type")]


def read_message(text: str) -> WatchRequest | UnwatchMessage | ReadyMessage:
    """A client's message.

    Raises:
        Invalid: it is none.
    """
    try:
        return _Message.model_validate_json(f'{{"message":{text}}}').message
    except ValidationError as error:
        faults = [
            FieldError("/" + "/".join(map(str, each["loc"][2:])), fault_text(each["msg"]))
            for each in error.errors()
        ]
        raise Invalid("the message does not fit its schema", faults) from error


def _time_us(text: str, field: str) -> int:
    try:
        return to_us(parse_time(text).astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise _unfit(field, "a time such as 2026-01-31T12:00:00Z, or a window such as -60s") from error


def _unfit(field: str, detail: str) -> Invalid:
    return Invalid(f"{field} is not valid", [FieldError(f"/{field}", detail)])
