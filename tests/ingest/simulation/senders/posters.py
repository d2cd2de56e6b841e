"""A rig that sends bodies of HTTP, each until it is answered: with a key, as lines, or with its seq."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.ingest.simulation.exchanges import HttpAnswer, HttpRequest
from tests.ingest.simulation.laws import Conversation, LostReading, require
from tests.ingest.simulation.senders.rigs import Rig, now_s, time_of

READINGS = "/ingest/v1/readings"
# What is worth another try: it says so itself, or it says that somebody else is at it.
AGAIN = {"superseded", "conflict"}
# What ends a body, if only under this number.
OVER = {200, 204, 400, 403, 404, 422}
# A body of CSV is read like one of JSON to laws, and takes ten times as long.
CSV_SHARE = 0.1
Readings = list[tuple[int, str, float]]


class TokenWithdrawn(Exception):
    """The server knows the token no more"""


@dataclass(eq=False)
class Poster(Rig):
    """One body after the other. It keeps none that was answered.

    Attributes:
        bodies: how many it still sends.
        is_numbered: whether they have producer and seq.
        last_seq: the last seq that it used; None before it has asked.
        answered: when each reading was answered.
    """

    bodies: int = 0
    is_numbered: bool = False
    last_seq: int | None = None
    answered: dict[int, float] = field(default_factory=dict[int, float])

    async def run(self) -> None:
        try:
            while self.bodies:
                self.bodies -= 1
                await self.post()
                await self.pause()
        except TokenWithdrawn:
            self.end_without_token()
        self.ended_s = now_s()

    async def come_back(self) -> None:
        if self.is_numbered:
            await self.post()

    def has_forgotten(self, number: int, loss: LostReading) -> bool:
        """Without numbers nobody can tell what is missing."""
        del loss
        return not self.is_numbered and number in self.answered

    async def post(self) -> None:
        """A body, until it is answered."""
        readings = [
            (number, sensor, self.value_of(number)) for number, sensor in self.take_readings(min_readings=1)
        ]
        if self.is_numbered:
            await self._post_numbered(readings)
        else:
            request = self._unnumbered(readings)
            await self._asked_until_answered(request, readings, 0)
        self.answered |= dict.fromkeys((number for number, _, _ in readings), now_s())

    async def _post_numbered(self, readings: Readings) -> None:
        if self.last_seq is None:
            self.last_seq = await self._ask_last_seq()
        is_csv, is_resuming = self.story.chance.random() < CSV_SHARE, False
        while True:
            seq = self.last_seq + 1
            request = self._numbered(readings, seq, is_csv=is_csv, is_resuming=is_resuming)
            answer = await self._asked_until_answered(request, readings, seq)
            if answer.status in {200, 422}:
                self.last_seq = seq
                return
            if answer.kind == "sequence-gap":
                is_resuming = True  # where the token may not do that, it is on record all the same
            else:  # it was never stored under this number, and under no other
                self.last_seq, is_resuming = await self._ask_last_seq(), False

    async def _ask_last_seq(self) -> int:
        request = HttpRequest("GET", "/ingest/v1/producers", self._headers(), query=f"name={self.key[1]}")
        answer = await self._asked_until_answered(request, [], 0)
        return 0 if answer.status == 404 else answer.document["last_seq"]

    async def _asked_until_answered(self, request: HttpRequest, readings: Readings, seq: int) -> HttpAnswer:
        numbers = tuple(number for number, _, _ in readings)
        while True:
            conversation = Conversation(self.key, is_socket=False, asked_s=now_s())
            if seq:
                self.around.laws.note_sent(conversation, seq, numbers)
            else:
                conversation.sent[0] = numbers
            try:
                answer = await self.around.ask(request, conversation)
            except OSError:
                await self.pause(0.2)
                continue
            if answer.status == 401:
                raise TokenWithdrawn
            is_over = answer.status < 500 and answer.kind not in AGAIN
            if is_over:
                expected = answer.status in OVER or answer.kind.startswith("sequence")
                require(expected, f"a request was answered {answer}")
                return answer
            require(answer.status in {409, 503}, f"a request was answered {answer}")
            await asyncio.sleep(float(answer.headers.get("retry-after", 0.1)))

    def _headers(self, media_type: str = "application/json") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": media_type}

    def _numbered(self, readings: Readings, seq: int, *, is_csv: bool, is_resuming: bool) -> HttpRequest:
        head = {"producer": self.key[1], "seq": seq} | ({"resume_at": seq} if is_resuming else {})
        if not is_csv:
            return HttpRequest("POST", READINGS, self._headers(), self._registering(head, readings))
        query = "&".join(f"{name}={value}" for name, value in head.items())
        return HttpRequest("POST", READINGS, self._headers("text/csv"), _csv(readings), query)

    def _unnumbered(self, readings: Readings) -> HttpRequest:
        key = {"Idempotency-Key": f"body-{readings[0][0]}"}
        match self.story.chance.randint(0, 5):
            case 0 | 1 | 2:
                return HttpRequest("POST", READINGS, self._headers() | key, self._registering({}, readings))
            case 3:
                return HttpRequest("POST", READINGS, self._headers("text/csv") | key, _csv(readings))
            case _:
                self._note_registered(readings)
                return HttpRequest("POST", "/write", self._headers("text/plain"), _lines(readings))

    def _registering(self, head: Mapping[str, object], readings: Readings) -> bytes:
        """A body of JSON whose keys are to become sensors."""
        self._note_registered(readings)
        return json.dumps({**head, "register_sensors": True, "readings": _items(readings)}).encode()

    def _note_registered(self, readings: Readings) -> None:
        if self.story.registers:
            self.around.laws.registered |= {number for number, _, _ in readings}


def _items(readings: Readings) -> list[dict[str, object]]:
    return [{"sensor": sensor, "t_us": time_of(number), "value": value} for number, sensor, value in readings]


def _csv(readings: Readings) -> bytes:
    rows = [f"{sensor},{time_of(number)},{value}" for number, sensor, value in readings]
    return "\n".join(["sensor,t_us,value", *rows]).encode()


def _lines(readings: Readings) -> bytes:
    """A sensor's key is its measurement and its field."""
    lines = [
        f"{sensor.replace('.', ' ')}={value} {time_of(number) * 1000}" for number, sensor, value in readings
    ]
    return "\n".join(lines).encode()
