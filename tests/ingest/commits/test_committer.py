"""What a commit stores, and what it refuses to, in a real database."""

import threading

import psycopg

from barograph.times import DAY_US, now_us
from ingest.commits.committer import Committer
from ingest.messages.frames import Fate, Source
from tests.ingest.committing import last_seq, public_id_of
from tests.ingest.database import ask, raw, stored, wait_for_a_blocked_backend
from tests.ingest.frames import bind_source, keyed_source, make_frame
from tests.seed import Profile, Project, add_profile


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
    ask(database_url, "update producer set last_seq = 1 where public_id = %s", public_id_of(source))
    receipts = committer.commit([make_frame(source, seq, [float(seq)]) for seq in (4, 5)])
    assert [r.fate for r in receipts] == [Fate.OUT_OF_STEP] * 2
    assert last_seq(database_url, source) == 1


def test_a_database_restored_to_before_the_bind_makes_clients_bind_again(
    committer: Committer, database_url: str, project: Project
) -> None:
    bind_source(database_url, project)
    source = bind_source(database_url, project)
    ask(database_url, "update producer set epoch = 1 where public_id = %s", public_id_of(source))
    assert committer.commit([make_frame(source, 1, [1.0])])[0].fate is Fate.OUT_OF_STEP
    ask(database_url, "delete from producer where public_id = %s", public_id_of(source))
    assert committer.commit([make_frame(source, 1, [1.0])])[0].fate is Fate.OUT_OF_STEP
    assert raw(database_url, project) == []


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
        "select count(distinct time_bucket('1 day', time)) from"
        " (select time, sensor_id, xmin::text from reading"
        " union all select first_time, sensor_id, xmin::text from reading_block)"
        " as kept where sensor_id = any(%s) group by xmin",
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
