"""Questions: off the event loop, in bounded turns, within a time limit and a share of memory."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from api.questions.memory import LARGE_BYTES, note_held
from api.questions.questions import Questions
from api.series.answers import bucketed
from barograph.database.connections import Connection
from barograph.errors import Unavailable
from barograph.program.fair_turns import TurnTaker
from barograph.settings import Settings
from tests.api.server import Person, Server
from tests.api.stored import Stored, store

pytestmark = pytest.mark.anyio
ADA, BOB = TurnTaker(1, "ada"), TurnTaker(2, "bob")
SOON_S = 20


@asynccontextmanager
async def asking(database_url: str, **settings: object) -> AsyncGenerator[Questions]:
    questions = Questions(Settings.model_validate(settings), database_url)
    await questions.open()
    try:
        yield questions
    finally:
        await questions.close()


async def test_the_loop_is_free_while_a_question_computes(database_url: str) -> None:
    """A question that never waits would stop the loop for as long as it takes."""
    ticks, seen = 0, set[str]()

    async def compute(_: Connection) -> float:
        seen.add(threading.current_thread().name)
        end = time.monotonic() + 1
        while time.monotonic() < end:
            sum(range(1000))
        return 1.0

    async with asking(database_url) as questions:
        answer = asyncio.create_task(questions.answer(ADA, compute))
        while not answer.done():
            await asyncio.sleep(0.02)
            ticks += 1
        assert await answer == 1.0
    assert [name.startswith("question-") for name in seen] == [True]
    # Of fifty. One would do to tell it from a loop that is held.
    assert ticks >= 5


async def test_others_are_asked_while_one_asks_all_the_time(database_url: str) -> None:
    """The crowd of one caller fills their share of turns; the other's question goes through."""
    release = threading.Event()

    async def dawdle(_: Connection) -> None:
        await asyncio.to_thread(release.wait)

    async def ask(connection: Connection) -> object:
        return await (await connection.execute("select 1 as one")).fetchone()

    async with asking(database_url, questions_at_once=2) as questions:
        crowd = [asyncio.create_task(questions.answer(ADA, dawdle)) for _ in range(5)]
        await asyncio.sleep(0.1)
        async with asyncio.timeout(SOON_S):
            assert await questions.answer(BOB, ask) == {"one": 1}
        release.set()
        await asyncio.gather(*crowd)


@pytest.mark.parametrize("is_in_database", [True, False])
async def test_a_question_that_takes_too_long_is_broken_off(
    database_url: str, *, is_in_database: bool
) -> None:
    async def ask(connection: Connection) -> None:
        if is_in_database:
            await connection.execute("select pg_sleep(60)")
        await asyncio.sleep(60)

    async def ask_briefly(connection: Connection) -> None:
        await connection.execute("select 1")

    async with asking(database_url, question_s=1, questions_at_once=1) as questions:
        with pytest.raises(Exception, match=r"took more than 1 s|canceling statement"):
            await questions.answer(ADA, ask)
        async with asyncio.timeout(SOON_S):
            await questions.answer(ADA, ask_briefly)


async def test_a_question_whose_asker_left_gives_its_turn_back(database_url: str) -> None:
    begun = threading.Event()

    async def dawdle(_: Connection) -> None:
        begun.set()
        await asyncio.sleep(60)

    async def ask(connection: Connection) -> None:
        await connection.execute("select 1")

    async with asking(database_url, questions_at_once=1) as questions:
        asked = asyncio.create_task(questions.answer(ADA, dawdle))
        await asyncio.to_thread(begun.wait, SOON_S)
        asked.cancel()
        async with asyncio.timeout(SOON_S):
            await questions.answer(BOB, ask)


async def test_large_questions_wait_for_each_others_memory(database_url: str) -> None:
    at_once, max_at_once = 0, 0

    async def hold(_: Connection) -> None:
        nonlocal at_once, max_at_once
        await note_held(LARGE_BYTES)
        at_once += 1
        max_at_once = max(max_at_once, at_once)
        await asyncio.sleep(0.05)
        at_once -= 1

    async with asking(database_url, question_memory_bytes=2**28) as questions:
        await asyncio.gather(*(questions.answer(TurnTaker(n, n), hold) for n in range(4)))
    assert max_at_once == 1


async def test_no_turn_in_time_is_said_with_when_to_try_again(database_url: str) -> None:
    async def dawdle(_: Connection) -> None:
        await asyncio.sleep(1)

    async with asking(database_url, questions_at_once=1, question_wait_s=0.1) as questions:
        first = asyncio.create_task(questions.answer(ADA, dawdle))
        await asyncio.sleep(0.05)
        with pytest.raises(Unavailable, match="try again") as refused:
            await questions.answer(BOB, dawdle)
        assert refused.value.retry_after_s
        await first


def test_series_are_computed_in_a_questions_thread(
    server: Server, owner: Person, sensor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = list[str]()
    merge = bucketed.merge_buckets

    def noting(*arguments: object) -> object:
        seen.append(threading.current_thread().name)
        return merge(*arguments)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(bucketed, "merge_buckets", noting)
    store(server.database_url, sensor, [Stored(0, 1, 1)])
    owner.read("/series", sensor=sensor, **{"from": "1970-01-01T00:00:00Z", "to": "1970-01-02T00:00:00Z"})
    assert [name.startswith("question-") for name in seen] == [True]
