"""Commits while everything goes wrong that can: connections, answers, data, time."""

import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import numpy as np
import psycopg
import pytest
from prometheus_client import REGISTRY
from psycopg.sql import SQL, Literal

from ingest.commits import committer_connection
from ingest.commits.batch import FrameBatch
from ingest.commits.committer import Committer
from ingest.commits.committer_connection import Stopped
from ingest.messages.frames import Fate, Receipt, Source
from tests.ingest.committing import committing, last_seq, public_id_of
from tests.ingest.database import ask, raw, wait_for_a_blocked_backend
from tests.ingest.frames import bind_source, keyed_source, make_frame
from tests.seed import Project, change_catalog
from tests.servers.proxy import Proxy
from tests.servers.refusing import refusing

POISON = 666.0


@pytest.mark.parametrize("loss", ["commits_to_lose", "commits_to_refuse"])
def test_a_commit_whose_connection_is_lost_counts_once(
    database_url: str, project: Project, loss: str
) -> None:
    source = bind_source(database_url, project)
    with Proxy(database_url) as proxy, committing(proxy.url) as committer:
        committer.commit([make_frame(source, 1, [1.0])])
        setattr(proxy, loss, 2)
        receipts = committer.commit([make_frame(source, 2, [2.0, np.nan]), make_frame(source, 3, [3.0])])
    assert [(r.fate, r.accepted, r.rejected_total) for r in receipts] == [
        (Fate.STORED, 1, 1),
        (Fate.STORED, 1, 0),
    ]
    assert raw(database_url, project) == [1, 2, 3]
    assert last_seq(database_url, source) == 3


def accepted_readings() -> float:
    return REGISTRY.get_sample_value("barograph_ingest_readings_total", {"result": "accepted"}) or 0


@pytest.mark.parametrize("loss", ["commits_to_lose", "commits_to_refuse"])
def test_what_a_lost_commit_stored_is_counted_and_noted_once(
    database_url: str, project: Project, loss: str
) -> None:
    source, before = bind_source(database_url, project), accepted_readings()
    noted: list[FrameBatch] = []
    with Proxy(database_url) as proxy, committing(proxy.url, noted.append) as committer:
        committer.commit([make_frame(source, 1, [0.0])])
        setattr(proxy, loss, 1)
        committer.commit([make_frame(source, 2, [1.0, 2.0]), make_frame(source, 3, [3.0])])
        setattr(proxy, loss, 1)
        committer.commit([make_frame(keyed_source(project, "k"), 0, [4.0])])
    assert [len(batch.frames) for batch in noted] == [1, 2, 1]
    assert accepted_readings() - before == 5


def test_a_lost_commit_that_is_found_stored_half_by_half_is_counted_and_noted_once(
    database_url: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The COMMIT took too long, so each half of the batch is tried alone.
    source, before = bind_source(database_url, project), accepted_readings()
    noted: list[FrameBatch] = []
    with Proxy(database_url) as proxy, committing(proxy.url, noted.append) as committer:
        committer.commit([make_frame(source, 1, [1.0])])
        connection = committer._connection  # pyright: ignore[reportPrivateUsage]
        monkeypatch.setattr(connection, "_timeout_s", 1)
        proxy.commits_to_lose = 1
        receipts = committer.commit([make_frame(source, seq, [float(seq)]) for seq in (2, 3)])
    assert [receipt.fate for receipt in receipts] == [Fate.STORED] * 2
    assert [len(batch.frames) for batch in noted] == [1, 2]
    assert accepted_readings() - before == 3


def test_the_receipt_of_a_lost_commit_says_what_was_stored_not_what_would_be_now(
    database_url: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = bind_source(database_url, project)
    frames = [make_frame(source, 2, [2.0, np.nan, 3.0]), make_frame(source, 3, [4.0])]
    with Proxy(database_url) as proxy, committing(proxy.url) as committer:
        committer.commit([make_frame(source, 1, [1.0])])
        proxy.commits_to_lose = 1

        def refuse(_: Exception) -> None:
            refuse_everything(database_url, project, committer)

        connection = committer._connection  # pyright: ignore[reportPrivateUsage]
        monkeypatch.setattr(connection, "wait", refuse)
        receipts = committer.commit(frames)
    assert [(r.fate, r.accepted, r.rejected_total) for r in receipts] == [
        (Fate.STORED, 2, 1),
        (Fate.STORED, 1, 0),
    ]
    assert receipts[0].listed() == [{"index": 1, "code": "not-finite"}]
    assert raw(database_url, project) == [1, 2, 3, 4]


def refuse_everything(database_url: str, project: Project, committer: Committer) -> None:
    """Between a lost COMMIT and the look at its outcome. By the new catalog no reading is acceptable."""
    with psycopg.connect(database_url) as connection:
        connection.execute("update sensor set status = 'inactive' where project_id = %s", (project.id,))
        change_catalog(connection, project.id)
    committer._cache.refresh(project.id)  # pyright: ignore[reportPrivateUsage]  # as the notice does


def test_a_sequence_that_somebody_else_moved_under_the_same_epoch_is_never_acked(
    database_url: str, project: Project, committer: Committer
) -> None:
    # A database that was restored gives out again the epoch that a lost bind had.
    source = bind_source(database_url, project)
    committer.commit([make_frame(source, 1, [1.0])])
    ask(database_url, "update producer set last_seq = 5 where public_id = %s", public_id_of(source))
    assert committer.commit([make_frame(source, 2, [2.0])])[0].fate is Fate.OUT_OF_STEP
    assert raw(database_url, project) == [1]


def test_a_key_whose_commit_was_lost_is_stored_once(database_url: str, project: Project) -> None:
    with Proxy(database_url) as proxy, committing(proxy.url) as committer:
        proxy.commits_to_lose = 1
        committer.commit([make_frame(keyed_source(project, "k"), 0, [1.0])])
    assert raw(database_url, project) == [1]


def test_a_backend_terminated_in_mid_transaction_costs_only_time(
    database_url: str, project: Project, committer: Committer
) -> None:
    source = bind_source(database_url, project)
    committer.commit([make_frame(source, 1, [1.0])])
    done: list[Fate] = []
    with psycopg.connect(database_url) as blocker:
        blocker.execute("lock table dirty_window in exclusive mode")
        thread = threading.Thread(
            target=lambda: done.extend(r.fate for r in committer.commit([make_frame(source, 2, [2.0])]))
        )
        thread.start()
        victim = wait_for_a_blocked_backend(database_url)
        blocker.execute("select pg_terminate_backend(%s)", (victim,))
    thread.join(10)
    assert done == [Fate.STORED]
    assert raw(database_url, project) == [1, 2]


@pytest.mark.parametrize("by", ["constraint", "trigger"])
def test_a_poison_frame_goes_whole_to_the_dead_letters_and_blocks_nobody(
    database_url: str, project: Project, committer: Committer, by: str
) -> None:
    poison, other = bind_source(database_url, project), bind_source(database_url, project, "rig/other")
    with refusing(database_url, "new.raw = 666", by):
        receipts = committer.commit(
            [
                make_frame(poison, 1, [1.0]),
                make_frame(other, 1, [10.0]),
                make_frame(poison, 2, [2.0, POISON, np.inf]),
                make_frame(other, 2, [20.0]),
                make_frame(poison, 3, [3.0]),
            ]
        )
    of_poison = [r for r in receipts if r.frame.source is poison]
    assert [(r.fate, r.accepted, r.rejected_total) for r in of_poison] == [
        (Fate.STORED, 1, 0),
        (Fate.STORED, 0, 3),
        (Fate.STORED, 1, 0),
    ]
    assert raw(database_url, project) == [1, 3, 10, 20]
    assert (last_seq(database_url, poison), last_seq(database_url, other)) == (3, 2)
    kept = ask(
        database_url,
        "select seq, index, value, code from dead_letter where project_id = %s order by index",
        project.id,
    )
    assert kept == [
        (2, 0, 2.0, "storage-refused"),
        (2, 1, POISON, "storage-refused"),
        (2, 2, np.inf, "not-finite"),
    ]


def test_what_the_dead_letters_refuse_as_well_is_kept_until_they_take_it(
    database_url: str, project: Project, committer: Committer
) -> None:
    source = bind_source(database_url, project)
    done: list[Fate] = []
    thread = threading.Thread(
        target=lambda: done.extend(r.fate for r in committer.commit([make_frame(source, 1, [np.nan])]))
    )
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "create function refuse() returns trigger language plpgsql as $$begin raise exception 'no'; end$$"
        )
        connection.execute("create trigger full_up before insert on reject_block execute function refuse()")
        before = refusals()
        thread.start()
        time.sleep(1)
        attempts = refusals() - before
        assert not done
        connection.execute("drop function refuse() cascade")
    thread.join(10)
    assert done == [Fate.STORED]
    assert attempts < 20


def refusals() -> float:
    """How often storage has refused a batch of this process."""
    return REGISTRY.get_sample_value("barograph_ingest_retries_total", {"reason": "refused"}) or 0


def test_committers_that_hold_the_same_producers_do_not_deadlock(database_url: str, project: Project) -> None:
    names = [f"rig/{number}" for number in range(12)]
    old = [bind_source(database_url, project, name) for name in names]
    new = [bind_source(database_url, project, name) for name in reversed(names)]
    receipts: list[Receipt] = []

    def commit(committer: Committer, sources: Sequence[Source]) -> None:
        for seq in range(1, 11):
            receipts.extend(committer.commit([make_frame(source, seq, [1.0]) for source in sources]))

    with committing(database_url) as one, committing(database_url) as two:
        threads = [threading.Thread(target=commit, args=pair) for pair in ((one, old), (two, new))]
        started_s = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert time.monotonic() - started_s < 5
    assert {r.fate for r in receipts if r.frame.source in old} == {Fate.SUPERSEDED}
    assert {r.fate for r in receipts if r.frame.source in new} == {Fate.STORED}
    assert len(raw(database_url, project)) == 120


@pytest.mark.nightly
def test_a_slow_database_is_asked_for_less_at_a_time(
    database_url: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer_connection, "TIMEOUT_S", 2)
    source = bind_source(database_url, project)
    with slowed(database_url, seconds_each=0.5), committing(database_url) as committer:
        receipts = committer.commit([make_frame(source, seq, [float(seq)] * 100) for seq in range(1, 5)])
        assert committer.batch_readings < 50_000
    assert [r.accepted for r in receipts] == [100] * 4
    assert len(raw(database_url, project)) == 400


@contextmanager
def slowed(database_url: str, seconds_each: float) -> Generator[None]:
    """Storage takes its time for each block."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "create function dawdle() returns trigger language plpgsql as"
            " $$begin perform pg_sleep(tg_argv[0]::float8); return new; end$$"
        )
        connection.execute(
            SQL(
                "create trigger slow before insert on reading_block for each row execute function dawdle({})"
            ).format(Literal(str(seconds_each)))
        )
        yield
        connection.execute("drop function dawdle() cascade")


def test_a_committer_told_to_stop_while_the_database_is_away_gives_up(
    database_url: str, project: Project
) -> None:
    source = bind_source(database_url, project)
    with Proxy(database_url) as proxy, committing(proxy.url) as committer:
        committer.commit([make_frame(source, 1, [1.0])])
        proxy.__exit__()
        threading.Timer(0.3, committer.stop).start()
        started_s = time.monotonic()
        with pytest.raises(Stopped):
            committer.commit([make_frame(source, 2, [2.0])])
        assert time.monotonic() - started_s < 5
    assert raw(database_url, project) == [1]
