"""A commit that carries several projects: all are stored at once, and none pays for another."""

import threading
from collections.abc import Sequence

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.commits.committer import Committer
from ingest.messages.frames import Fate, Receipt, ReceivedFrame, Source
from tests.examples import few_examples
from tests.ingest.committing import committing, last_seq, public_id_of
from tests.ingest.database import ask, raw
from tests.ingest.frames import bind_source, keyed_source, make_frame
from tests.seed import Profile, Project, change_catalog, seed_project
from tests.servers.proxy import Proxy
from tests.servers.refusing import refusing
from tests.waiting import wait_until

PROJECTS = 4
ROUNDS = 15


@pytest.fixture
def projects(database_url: str) -> list[Project]:
    """Each with a profile of its own: 10, 20, 30 … times the raw value."""
    return [
        seed_project(database_url, 2, [Profile("linear", {"slope": 10 * (number + 1), "offset": 0})])
        for number in range(PROJECTS)
    ]


@pytest.fixture
def sources(database_url: str, projects: Sequence[Project]) -> list[Source]:
    return [bind_source(database_url, project) for project in projects]


def fates(receipts: Sequence[Receipt], source: Source) -> list[Fate]:
    return [receipt.fate for receipt in receipts if receipt.frame.source is source]


def test_all_projects_are_stored_in_one_transaction_each_by_its_own_profile(
    database_url: str, projects: Sequence[Project], sources: Sequence[Source], committer: Committer
) -> None:
    frames = [make_frame(source, seq, [float(seq)]) for source in sources for seq in (1, 2)]
    receipts = committer.commit(frames)
    assert {receipt.fate for receipt in receipts} == {Fate.STORED}
    for number, (project, source) in enumerate(zip(projects, sources, strict=True), 1):
        assert last_seq(database_url, source) == 2
        physical = ask(
            database_url,
            "select physical from any_reading where sensor_id = any(%s) order by raw",
            list(project.sensor_ids),
        )
        assert physical == [(10.0 * number,), (20.0 * number,)]
    ids = [public_id_of(source) for source in sources]
    assert len(ask(database_url, "select distinct xmin from producer where public_id = any(%s)", ids)) == 1


def test_each_project_has_its_own_rejects(
    database_url: str, projects: Sequence[Project], sources: Sequence[Source], committer: Committer
) -> None:
    frames = [
        make_frame(source, 1, [1.0] + [np.nan] * number, channel=[0] * (number + 1))
        for number, source in enumerate(sources)
    ]
    receipts = committer.commit(frames)
    assert [(receipt.accepted, receipt.rejected_total) for receipt in receipts] == [
        (1, number) for number in range(PROJECTS)
    ]
    for number, project in enumerate(projects):
        blocks = ask(database_url, "select waiting from reject_block where project_id = %s", project.id)
        assert blocks == ([([number],)] if number else [])


def test_a_project_that_is_gone_takes_no_other_with_it(
    database_url: str, projects: Sequence[Project], sources: Sequence[Source], committer: Committer
) -> None:
    committer.commit([make_frame(source, 1, [1.0]) for source in sources])
    for table in ("reading", "reading_block"):
        ask(database_url, f"delete from {table} where sensor_id = any(%s)", list(projects[1].sensor_ids))  # noqa: S608  # the test's own words
    ask(database_url, "delete from project where id = %s", projects[1].id)
    receipts = committer.commit([make_frame(source, 2, [2.0]) for source in sources])
    assert fates(receipts, sources[1]) == [Fate.REVOKED]
    for project, source in [(projects[n], sources[n]) for n in (0, 2, 3)]:
        assert fates(receipts, source) == [Fate.STORED]
        assert raw(database_url, project) == [1, 2]


def test_what_the_database_refuses_of_one_project_costs_no_reading_of_another(
    database_url: str, projects: Sequence[Project], sources: Sequence[Source], committer: Committer
) -> None:
    frames = [
        make_frame(source, seq, [666.0 if source is sources[2] and seq == 2 else float(seq)])
        for source in sources
        for seq in (1, 2, 3)
    ]
    with refusing(database_url, "new.raw = 666"):
        receipts = committer.commit(frames)
    for number, (project, source) in enumerate(zip(projects, sources, strict=True)):
        own = [receipt for receipt in receipts if receipt.frame.source is source]
        assert [receipt.accepted for receipt in own] == ([1, 0, 1] if number == 2 else [1, 1, 1])
        assert raw(database_url, project) == ([1, 3] if number == 2 else [1, 2, 3])


def test_projects_do_not_wait_for_a_change_of_anothers_catalog(
    database_url: str, projects: Sequence[Project], sources: Sequence[Source], committer: Committer
) -> None:
    receipts: list[Receipt] = []
    frames = [make_frame(source, 1, [1.0]) for source in sources]

    def commit() -> None:
        for part in committer.commit_in_parts(frames):
            receipts.extend(part)

    thread = threading.Thread(target=commit)
    with psycopg.connect(database_url) as connection:
        change_catalog(connection, projects[1].id)
        thread.start()
        others = [projects[n] for n in (0, 2, 3)]
        wait_until(lambda: all(raw(database_url, project) == [1] for project in others))
        wait_until(lambda: len(receipts) == len(others))
        assert raw(database_url, projects[1]) == []
    thread.join()
    assert {receipt.fate for receipt in receipts} == {Fate.STORED}
    assert raw(database_url, projects[1]) == [1]


def test_commits_of_the_same_projects_in_any_order_get_through_beside_changes_of_their_catalogs(
    database_url: str, projects: Sequence[Project]
) -> None:
    over = threading.Event()
    sources = [[bind_source(database_url, project, f"rig/{n}") for project in projects] for n in range(2)]

    def keep_changing() -> None:
        while not over.is_set():
            with psycopg.connect(database_url) as connection:
                for project in projects:
                    change_catalog(connection, project.id)

    def keep_committing(own: Sequence[Source]) -> None:
        with committing(database_url) as committer:
            for seq in range(1, ROUNDS + 1):
                committer.commit([make_frame(source, seq, [float(seq)]) for source in own])

    changing = threading.Thread(target=keep_changing)
    threads = [
        threading.Thread(target=keep_committing, args=(sources[0],)),
        threading.Thread(target=keep_committing, args=(sources[1][::-1],)),
    ]
    changing.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    changing.join()
    for project in projects:
        assert raw(database_url, project) == sorted([*range(1, ROUNDS + 1)] * 2)


STORIES = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(0, PROJECTS - 1), st.integers(0, 3)), min_size=1, max_size=8),
        st.sampled_from(["nothing", "lost", "refused", "a key"]),
    ),
    min_size=1,
    max_size=6,
)
CommitStory = Sequence[tuple[Sequence[tuple[int, int]], str]]


@few_examples(3)
@given(STORIES)
def test_whatever_is_lost_each_frame_of_each_project_is_stored_once(
    database_url: str, projects: Sequence[Project], story: CommitStory
) -> None:
    sources = [bind_source(database_url, project) for project in projects]
    began = [last_seq(database_url, source) for source in sources]
    next_seq = [last + 1 for last in began]
    expected = [raw(database_url, project) for project in projects]
    with Proxy(database_url) as proxy, committing(proxy.url) as committer:
        for frames_of, trouble in story:
            frames: list[ReceivedFrame] = []
            for number, size in frames_of:
                value = next_seq[number] * 10.0
                frames.append(make_frame(sources[number], next_seq[number], [value + n for n in range(size)]))
                expected[number] += [value + n for n in range(size)]
                next_seq[number] += 1
            if trouble == "lost":
                proxy.commits_to_lose = 1
            elif trouble == "refused":
                proxy.commits_to_refuse = 1
            elif trouble == "a key":
                frames.append(make_frame(keyed_source(projects[0], f"{next_seq}"), 0, [0.5]))
                expected[0].append(0.5)
            receipts = committer.commit(frames)
            assert {receipt.fate for receipt in receipts} == {Fate.STORED}
            assert sorted(map(id, frames)) == sorted(id(receipt.frame) for receipt in receipts)
    for number, project in enumerate(projects):
        assert raw(database_url, project) == sorted(expected[number])
        assert last_seq(database_url, sources[number]) == next_seq[number] - 1
