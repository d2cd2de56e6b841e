"""The result of reading a message: readings, or why it can't be read. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from barograph.readings.rejects.odd_readings import MAX_TEXT


@dataclass(frozen=True, slots=True)
class MqttReading:
    """One reading, as it goes to the server.

    Attributes:
        key: the sensor's.
        value: a number; or a text, which the server keeps in the dead letters.
        t_us: microseconds since 1970 UTC; None for the time when the message was received.
        bad_time: what stood in place of a time, which the server keeps too.
    """

    key: str
    value: float | bool | str | None
    t_us: int | None = None
    bad_time: str | None = None
    historical: bool = False


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """A message's readings.

    Attributes:
        is_unreadable: whether nothing in it could be read.
    """

    readings: Sequence[MqttReading]
    is_unreadable: bool = False

    @property
    def has_own_times(self) -> bool:
        """Whether each reading has a time, and so the same message again says nothing new."""
        return bool(self.readings) and all(each.t_us is not None for each in self.readings)


def unreadable(topic: str, reason: str, payload: bytes) -> ReadMessage:
    """A message as one dead letter, under its topic."""
    text = payload[: 4 * MAX_TEXT].decode("utf-8", "replace")
    return ReadMessage([MqttReading(topic, f"{reason}: {text}")], is_unreadable=True)
