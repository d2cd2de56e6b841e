"""Readings that the server refused: which they were, for the callback and the log."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from barograph_client import advice
from barograph_client.bounded_log import BoundedLog
from barograph_client.framing.frames import Frame
from barograph_client.framing.messages import Ack, Reject


@dataclass(frozen=True, slots=True)
class RefusedReading:
    """A reading that the server rejected; it keeps it among the project's dead letters.

    Attributes:
        seq, index: of its frame, and its place there.
        code: why, such as `too-old`.
        sensor: as the stream names it. This and what follows is None where the frame is no longer here.
        t_us, value: as they were sent.
        advice: what to do about it.
    """

    seq: int
    index: int
    code: str
    sensor: str | None
    t_us: int | None
    value: float | None
    advice: str


def refused_readings(ack: Ack, sensors: Sequence[str], frames: Mapping[int, Frame]) -> list[RefusedReading]:
    """The refused readings that an ack lists; `frames` by seq."""
    return [_refused(reject, sensors, frames.get(reject.seq)) for reject in ack.rejected]


def log_refused(log: BoundedLog, ack: Ack, refused: Sequence[RefusedReading]) -> None:
    """A line for each code, now and then."""
    for code in dict.fromkeys(each.code for each in refused):
        of_code = [each for each in refused if each.code == code]
        log.say(logging.WARNING, f"rejected {code}", _line(of_code), count=len(of_code))
    unlisted = ack.rejected_total - len(refused)
    if unlisted > 0:
        text = f"{unlisted:,} readings more were rejected than the ack lists: see the project's dead letters"
        log.say(logging.WARNING, "rejected unlisted", text, count=unlisted)


def _refused(reject: Reject, sensors: Sequence[str], frame: Frame | None) -> RefusedReading:
    if frame is None or not 0 <= reject.index < frame.n:
        what_to_do = advice.of_reject(reject.code, None)
        return RefusedReading(reject.seq, reject.index, reject.code, None, None, None, what_to_do)
    channel, t_us = int(frame.channel[reject.index]), int(frame.t_us[reject.index])
    return RefusedReading(
        reject.seq,
        reject.index,
        reject.code,
        sensors[channel],
        t_us,
        float(frame.value[reject.index]),
        advice.of_reject(reject.code, t_us),
    )


def _line(refused: Sequence[RefusedReading]) -> str:
    first = refused[0]
    what = "1 reading was" if len(refused) == 1 else f"{len(refused)} readings were"
    which = "the reading" if len(refused) == 1 else "the first"
    known = f" of sensor {first.sensor!r}, t_us {first.t_us}, value {first.value}," if first.sensor else ""
    return (
        f"{what} rejected as {first.code}; {which}{known} is number {first.index} of frame {first.seq}. "
        f"What to do: {first.advice}"
    )
