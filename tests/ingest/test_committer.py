"""Commits against a real database, while everything goes wrong that can."""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

import numpy as np
import psycopg
import pytest
from prometheus_client import REGISTRY
from psycopg.sql import SQL, Literal

from barograph.catalog import CatalogCache
from barograph.times import DAY_US, now_us
from ingest import committer as committer_module
from ingest.batch import Batch
from ingest.committer import Committer, Stopped
from ingest.source import Fate, IdempotencyKey, Receipt, Source
from tests.ingest.database import ask, raw, stored, wait_for_a_blocked_backend
from tests.ingest.frames import bind_source, make_frame
from tests.proxy import Proxy
from tests.seed import Profile, Project, add_profile

POISON = 666.0


@contextmanager
def committing(
    database_url: str, on_stored: Callable[[Batch], None] = lambda _: None
) -> Generator[Committer]:
    cache = CatalogCache(database_url)
    cache.open()
    committer = Committer(database_url, cache, 50_000, on_stored)
    try:
        yield committer
    finally:
        committer.close()
        cache.close()


@pytest.fixture
def committer(database_url: str) -> Generator[Committer]:
    with committing(database_url) as committer:
        yield committer


def last_seq(database_url: str, source: Source) -> int:
    return ask(database_url, "select last_seq from producer where id = %s", source.producer_id)[0][0]


def test_frames_are_stored_and_their_sequence_moves(
    committer: Committer, database_url: str, project: Project
) -> None:
    source = bind_source(database_url, project)
    receipts = committer.commit([make_frame(source, 1, [1.0, 2.0]), make_frame(source, 2, [3.0])])
    assert [(r.fate, r.accepted) for r in receipts] == [(Fate.STORED, 2), (Fate.STORED, 1)]
    assert raw(database_url, project) == [1, 2, 3]
    assert last_seq(database_url, source) == 2


def test_every_minute_touched_becomes_dirty(
    committer: Committer, database_url: str, project: Project
) -> None:
    source = bind_source(database_url, project)
    minute = now_us() // 60_000_000 * 60_000_000
    times = [minute - 60_000_001, minute - 60_000_000, minute - 1, minute]
    committer.commit([make_frame(source, 1, [1.0] * 4, t_us=times, channel=[0, 1, 1, 0])])
    windows = ask(
        database_url,
        "select (extract(epoch from minute) * 1000000)::bigint, sensor_ids from dirty_window"
        " where sensor_ids && %s::int[] order by minute",
        list(project.sensor_ids),
    )
    first, second, _ = project.sensor_ids
    assert windows == [
        (minute - 120_000_000, [first]),
        (minute - 60_000_000, [second]),
        (minute, [first]),
    ]


def test_a_zombie_stores_nothing_and_costs_nobody_else(
    committer: Committer, database_url: str, project: Project
) -> None:
    zombie, other = bind_source(database_url, project), bind_source(database_url, project, "rig/other")
    bind_source(database_url, project)
    receipts = committer.commit([make_frame(zombie, 1, [1.0]), make_frame(other, 1, [2.0])])
    assert {r.frame.source: r.fate for r in receipts} == {zombie: Fate.SUPERSEDED, other: Fate.STORED}
    assert raw(database_url, project) == [2]


def test_two_binds_of_one_producer_in_one_batch_store_each_frame_once(
    committer: Committer, database_url: str, project: Project
) -> None:
    # A gateway lost its socket and came back while frames of the old one still wait in the queue.
    old, new = bind_source(database_url, project), bind_source(database_url, project)
    frames = [make_frame(source, seq, [float(seq)]) for source in (old, new) for seq in (1, 2)]
    receipts = committer.commit([*frames, make_frame(new, 3, [3.0])])
    assert [r.fate for r in receipts if r.frame.source is old] == [Fate.SUPERSEDED] * 2
    assert [r.fate for r in receipts if r.frame.source is new] == [Fate.STORED] * 3
    assert raw(database_url, project) == [1, 2, 3]


def test_a_restored_database_makes_clients_bind_again(
    committer: Committer, database_url: str, project: Project
) -> None:
    source = bind_source(database_url, project)
    committer.commit([make_frame(source, seq, [float(seq)]) for seq in (1, 2, 3)])
    ask(database_url, "update producer set last_seq = 1 where id = %s", source.producer_id)
    receipts = committer.commit([make_frame(source, seq, [float(seq)]) for seq in (4, 5)])
    assert [r.fate for r in receipts] == [Fate.OUT_OF_STEP] * 2
    assert last_seq(database_url, source) == 1


def test_a_database_restored_to_before_the_bind_makes_clients_bind_again(
    committer: Committer, database_url: str, project: Project
) -> None:
    bind_source(database_url, project)
    source = bind_source(database_url, project)
    ask(database_url, "update producer set epoch = 1 where id = %s", source.producer_id)
    assert committer.commit([make_frame(source, 1, [1.0])])[0].fate is Fate.OUT_OF_STEP
    ask(database_url, "delete from producer where id = %s", source.producer_id)
    assert committer.commit([make_frame(source, 1, [1.0])])[0].fate is Fate.OUT_OF_STEP
    assert raw(database_url, project) == []


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


@contextmanager
def poisoned(database_url: str, by: str) -> Generator[None]:
    """Storage refuses one value, by a constraint or by a trigger that raises."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        if by == "constraint":
            connection.execute("alter table reading add constraint no_poison check (raw <> 666)")
        else:
            connection.execute(
                "create function refuse() returns trigger language plpgsql as"
                " $$begin if new.raw = 666 then raise exception 'no'; end if; return new; end$$"
            )
            connection.execute(
                "create trigger no_poison before insert on reading for each row execute function refuse()"
            )
        yield
        if by == "constraint":
            connection.execute("alter table reading drop constraint no_poison")
        else:
            connection.execute("drop function refuse() cascade")


@pytest.mark.parametrize("by", ["constraint", "trigger"])
def test_a_poison_frame_goes_whole_to_the_dead_letters_and_blocks_nobody(
    database_url: str, project: Project, committer: Committer, by: str
) -> None:
    poison, other = bind_source(database_url, project), bind_source(database_url, project, "rig/other")
    with poisoned(database_url, by):
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
        "select seq, index, value, code from rejected_reading where project_id = %s order by index",
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
        connection.execute(
            "create trigger full_up before insert on rejected_reading execute function refuse()"
        )
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


def test_a_change_without_a_notice_is_obeyed_by_the_next_commit(
    database_url: str, project: Project, committer: Committer
) -> None:
    source = bind_source(database_url, project)
    committer.commit([make_frame(source, 1, [1.0])])
    with psycopg.connect(database_url) as connection:
        connection.execute("delete from profile_validity where sensor_id = %s", (project.sensor_ids[0],))
        add_profile(connection, project.sensor_ids[0], 2, Profile("linear", {"slope": 5, "offset": 0}))
        connection.execute(
            "update project set catalog_version = catalog_version + 1 where id = %s", (project.id,)
        )
    committer.commit([make_frame(source, 2, [1.0])])
    assert stored(database_url, project, "raw, physical") == [(1, 3), (1, 5)]


def test_a_commit_waits_for_a_change_that_is_under_way_and_obeys_it(
    database_url: str, project: Project, committer: Committer
) -> None:
    source = bind_source(database_url, project)
    committer.commit([make_frame(source, 1, [1.0])])
    thread = threading.Thread(target=committer.commit, args=([make_frame(source, 2, [2.0])],))
    with psycopg.connect(database_url) as connection:
        connection.execute("select pg_advisory_xact_lock(1, %s)", (project.id,))
        connection.execute("update sensor set status = 'inactive' where id = %s", (project.sensor_ids[0],))
        connection.execute(
            "update project set catalog_version = catalog_version + 1 where id = %s", (project.id,)
        )
        thread.start()
        wait_for_a_blocked_backend(database_url)
    thread.join(10)
    assert raw(database_url, project) == [1]
    assert last_seq(database_url, source) == 2


def test_a_commit_touches_at_most_32_chunks(
    database_url: str, project: Project, committer: Committer
) -> None:
    source, now = bind_source(database_url, project), now_us()
    frames = [make_frame(source, day + 1, [float(day)], t_us=[now - day * DAY_US]) for day in range(100)]
    assert {r.fate for r in committer.commit(frames)} == {Fate.STORED}
    assert raw(database_url, project) == list(range(100))
    per_commit = ask(
        database_url,
        "select count(distinct time_bucket('1 day', time)) from reading where sensor_id = any(%s)"
        " group by reading.xmin::text",
        list(project.sensor_ids),
    )
    assert len(per_commit) == 4
    assert max(per_commit)[0] <= 32


def test_one_frame_over_a_year_of_chunks_is_stored(
    database_url: str, project: Project, committer: Committer
) -> None:
    source, now = bind_source(database_url, project), now_us()
    days = list(range(364))
    frame = make_frame(source, 1, [float(day) for day in days], t_us=[now - day * DAY_US for day in days])
    assert committer.commit([frame])[0].accepted == len(days)
    assert raw(database_url, project) == days


def test_frames_of_a_deleted_project_are_refused(
    database_url: str, project: Project, committer: Committer
) -> None:
    source = bind_source(database_url, project)
    committer.commit([make_frame(source, 1, [1.0])])
    ask(database_url, "delete from project where id = %s", project.id)
    assert committer.commit([make_frame(source, 2, [2.0])])[0].fate is Fate.REVOKED
    unheard_of = Source(2**31 - 1, project.token_id, ["s0"], lambda _: None)
    assert committer.commit([make_frame(unheard_of, 0, [1.0])])[0].fate is Fate.REVOKED


def test_frames_under_a_revoked_token_are_refused(
    database_url: str, project: Project, committer: Committer
) -> None:
    source = bind_source(database_url, project)
    ask(database_url, "update ingest_token set revoked_at = now() where id = %s", project.token_id)
    assert committer.commit([make_frame(source, 1, [1.0])])[0].fate is Fate.REVOKED
    assert raw(database_url, project) == []


def keyed_source(project: Project, key: str, body_hash: bytes = b"h") -> Source:
    return Source(
        project.id, project.token_id, project.keys, lambda _: None, key=IdempotencyKey(key, body_hash)
    )


def test_a_key_is_taken_once_whoever_comes_second(
    database_url: str, project: Project, committer: Committer
) -> None:
    assert committer.commit([make_frame(keyed_source(project, "k"), 0, [1.0])])[0].fate is Fate.STORED
    others = [
        make_frame(keyed_source(project, "k"), 0, [1.0]),
        make_frame(keyed_source(project, "l"), 0, [2.0]),
    ]
    assert [r.fate for r in committer.commit(others)] == [Fate.REPEATED, Fate.STORED]
    assert raw(database_url, project) == [1, 2]


def test_a_key_whose_commit_was_lost_is_stored_once(database_url: str, project: Project) -> None:
    with Proxy(database_url) as proxy, committing(proxy.url) as committer:
        proxy.commits_to_lose = 1
        committer.commit([make_frame(keyed_source(project, "k"), 0, [1.0])])
    assert raw(database_url, project) == [1]


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


def test_a_slow_database_is_asked_for_less_at_a_time(
    database_url: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer_module, "TIMEOUT_S", 2)
    source = bind_source(database_url, project)
    with slowed(database_url, seconds_each=0.005), committing(database_url) as committer:
        receipts = committer.commit([make_frame(source, seq, [float(seq)] * 100) for seq in range(1, 5)])
        assert committer.batch_readings < 50_000
    assert [r.accepted for r in receipts] == [100] * 4
    assert len(raw(database_url, project)) == 400


@contextmanager
def slowed(database_url: str, seconds_each: float) -> Generator[None]:
    """Storage takes its time for each reading."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "create function dawdle() returns trigger language plpgsql as"
            " $$begin perform pg_sleep(tg_argv[0]::float8); return new; end$$"
        )
        connection.execute(
            SQL(
                "create trigger slow before insert on reading for each row execute function dawdle({})"
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
