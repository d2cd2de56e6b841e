"""Streams of the gateways' library go on by themselves after a restore, and what is missing is on record."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from barograph_client import LostFrames, Stream
from barograph_client.backoff import Backoff

from barograph.times import now_us
from ingest.messages.frames import Fate, ReceivedFrame
from tests.ingest.committing import committing
from tests.ingest.database import ask, raw
from tests.ingest.frames import bind_source, make_frame
from tests.ingest.gateway import open_gateway
from tests.ingest.restorable import RestorableDatabase, restorable
from tests.programs import Program, running
from tests.seed import Project, seed_project

GAPS = (
    "select first_seq, last_seq, last_commit_at, resumed_at, token_id, sensor_ids, was_refused"
    " from producer_gap"
)


@pytest.fixture
def database(server_url: str, template_name: str) -> Generator[RestorableDatabase]:
    with restorable(server_url, template_name) as database:
        yield database


def open_stream(ingest: Program, project: Project) -> Stream:
    backoff = Backoff(first_s=0.02, max_s=0.3)
    return Stream(
        ingest.socket_url, project.token, "rig/daq", project.keys, spool=None, backoff=backoff, proxy=None
    )


async def send(stream: Stream, *values: float) -> None:
    """A frame for each, all stored in the end."""
    for value in values:
        await stream.send([0], [now_us()], [value])
    await asyncio.wait_for(stream.flush(), 60)


def run(work: Callable[[], Coroutine[object, object, None]]) -> None:
    asyncio.run(work())


def store(database: RestorableDatabase, project: Project, log: Path, *values: float) -> None:
    """By a program that is gone afterwards."""

    async def work() -> None:
        async with open_stream(ingest, project) as stream:
            await send(stream, *values)

    with running("ingest", database.url, log) as ingest:
        run(work)


def live_through_a_restore(
    database: RestorableDatabase, project: Project, log: Path
) -> tuple[LostFrames, ...]:
    """Three frames that the restore takes away, and three after it; what the stream says was lost."""
    lost: list[LostFrames] = []

    async def work() -> None:
        async with open_stream(ingest, project) as stream:
            await send(stream, 4, 5, 6)
            database.restore()
            await send(stream, 7, 8, 9)
            lost.extend(stream.lost)

    with running("ingest", database.url, log) as ingest:
        run(work)
    return tuple(lost)


def test_a_stream_goes_on_after_what_was_acknowledged_and_the_server_records_what_is_missing(
    database: RestorableDatabase, tmp_path: Path
) -> None:
    project = seed_project(database.url)
    store(database, project, tmp_path / "before.log", 1, 2, 3)
    database.back_up()
    backed_up_at = datetime.now(UTC)
    assert live_through_a_restore(database, project, tmp_path / "ingest.log") == (LostFrames(4, 6),)
    assert raw(database.url, project) == [1, 2, 3, 7, 8, 9]
    ((first, last, before, after, token_id, sensor_ids, was_refused),) = ask(database.url, GAPS)
    assert (first, last, token_id, was_refused) == (4, 6, project.token_id, False)
    assert sensor_ids == sorted(project.sensor_ids)
    assert before < backed_up_at < after
    ((kind, payload),) = ask(database.url, "select kind, payload from event")
    assert kind == "producer.resumed_at"
    assert payload["gap"] == {"first_seq": 4, "last_seq": 6}
    assert (payload["producer"], payload["resume_at"], payload["last_seq"]) == ("rig/daq", 7, 3)
    assert ask(database.url, "select last_seq, agent, sensor_count from producer") == [
        (9, "barograph-client", 3)
    ]


@pytest.mark.nightly
def test_a_producer_that_the_backup_does_not_know_goes_on_too(
    database: RestorableDatabase, tmp_path: Path
) -> None:
    project = seed_project(database.url)
    database.back_up()
    assert live_through_a_restore(database, project, tmp_path / "ingest.log") == (LostFrames(1, 3),)
    assert raw(database.url, project) == [7, 8, 9]
    assert ask(database.url, "select first_seq, last_seq, last_commit_at from producer_gap") == [(1, 3, None)]


@pytest.mark.nightly
def test_a_token_that_may_not_resume_goes_on_under_other_numbers(
    database: RestorableDatabase, tmp_path: Path
) -> None:
    project = seed_project(database.url)
    ask(database.url, "update ingest_token set may_resume = false")
    store(database, project, tmp_path / "before.log", 1, 2, 3)
    database.back_up()
    assert live_through_a_restore(database, project, tmp_path / "ingest.log") == (LostFrames(4, 6),)
    assert raw(database.url, project) == [1, 2, 3, 7, 8, 9]
    assert ask(database.url, "select last_seq from producer") == [(6,)]
    ((first, last, before, after, token_id, sensor_ids, was_refused),) = ask(database.url, GAPS)
    assert (first, last, token_id, was_refused) == (4, 6, project.token_id, True)
    assert (before < after, sensor_ids) == (True, sorted(project.sensor_ids))
    ((kind, payload),) = ask(database.url, "select kind, payload from event")
    assert kind == "producer.resume_refused"
    assert (payload["producer"], payload["resume_at"], payload["last_seq"]) == ("rig/daq", 7, 3)
    assert payload["gap"] == {"first_seq": 4, "last_seq": 6}


def test_what_such_a_token_loses_is_on_record_too_where_the_backup_does_not_know_the_producer(
    database: RestorableDatabase, tmp_path: Path
) -> None:
    project = seed_project(database.url)
    ask(database.url, "update ingest_token set may_resume = false")
    database.back_up()
    assert live_through_a_restore(database, project, tmp_path / "ingest.log") == (LostFrames(1, 3),)
    assert raw(database.url, project) == [7, 8, 9]
    gaps = "select first_seq, last_seq, last_commit_at, was_refused from producer_gap"
    assert ask(database.url, gaps) == [(1, 3, None, True)]
    assert ask(database.url, "select last_seq, made_by from producer") == [(3, project.token_id)]


def test_a_restore_to_the_last_acknowledged_frame_leaves_no_gap(
    database: RestorableDatabase, tmp_path: Path
) -> None:
    project = seed_project(database.url)
    store(database, project, tmp_path / "before.log", 1, 2, 3)
    database.back_up()

    async def work() -> None:
        async with open_stream(ingest, project) as stream:
            database.restore()
            await send(stream, 4)
            assert stream.lost == ()

    with running("ingest", database.url, tmp_path / "ingest.log") as ingest:
        run(work)
    assert raw(database.url, project) == [1, 2, 3, 4]
    assert ask(database.url, "select from producer_gap") == []


@pytest.mark.parametrize("may_resume", [True, False])
def test_a_gap_begins_where_a_frame_came_that_a_process_stores_only_after_the_restore(
    database: RestorableDatabase, tmp_path: Path, may_resume: bool
) -> None:
    project = seed_project(database.url)
    ask(database.url, "update ingest_token set may_resume = %s", may_resume)
    source = bind_source(database.url, project)
    assert fates(database, make_frame(source, 1, [1.0])) == [Fate.STORED]
    database.back_up()
    held = make_frame(source, 2, [2.0])
    lost_after = datetime.now(UTC)
    another = bind_source(database.url, project)
    frames = [make_frame(another, seq, [float(seq)]) for seq in (2, 3, 4)]
    assert fates(database, *frames) == [Fate.STORED] * 3
    database.restore()
    assert fates(database, held) == [Fate.STORED]
    with (
        running("ingest", database.url, tmp_path / "ingest.log") as ingest,
        open_gateway(ingest, project) as gateway,
    ):
        gateway.bind("rig/daq", project.keys, resume_at=5)
    gaps = ask(database.url, "select first_seq, last_seq, last_commit_at <= %s from producer_gap", lost_after)
    assert gaps == [(3, 4, True)]
    ((told,),) = ask(database.url, "select (payload ->> 'last_commit_at')::timestamptz from event")
    assert told <= lost_after


def fates(database: RestorableDatabase, *frames: ReceivedFrame) -> list[Fate]:
    """What a process with a connection of its own makes of them."""
    with committing(database.url) as committer:
        return [receipt.fate for receipt in committer.commit(frames)]
