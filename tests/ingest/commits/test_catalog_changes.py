"""Commits while the catalog moves: each gets through at once, and obeys what holds when it commits."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import count
from typing import Any
from uuid import UUID

import psycopg
import pytest

from barograph.catalog.catalog import Catalog, CatalogCache
from ingest.commits.committer import Committer
from ingest.messages.frames import Fate, Source
from ingest.messages.known_channels import resolve
from tests.ingest.committing import last_seq
from tests.ingest.database import raw, stored, wait_for_a_blocked_backend
from tests.ingest.frames import bind_source, make_frame
from tests.ingest.gateway import open_gateway
from tests.programs import Program
from tests.seed import Profile, Project, add_profile, add_token, change_catalog

FRAMES = 60
Connection = psycopg.Connection[Any]


class WatchedCache(CatalogCache):
    """Calls somebody each time a commit has just learnt what the catalog is."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self.on_current: Callable[[], None] = lambda: None
        self.asked = 0

    def current(self, connection: Connection, project_id: int) -> Catalog:
        catalog = super().current(connection, project_id)
        self.asked += 1
        self.on_current()
        return catalog


@contextmanager
def watched(
    database_url: str, project: Project, on_current: Callable[[], None]
) -> Generator[tuple[Committer, WatchedCache]]:
    """A committer that knows the project already."""
    cache = WatchedCache(database_url)
    cache.open()
    cache.get(project.id)
    cache.asked, cache.on_current = 0, on_current
    committer = Committer(database_url, cache, 50_000, lambda _: None)
    try:
        yield committer, cache
    finally:
        committer.close()
        cache.close()


def add_sensor(database_url: str, project: Project, key: str) -> None:
    """As the API does it: no commit is waited for."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "update project set catalog_version = catalog_version + 1 where id = %s", (project.id,)
        )
        connection.execute("insert into sensor (project_id, key) values (%s, %s)", (project.id, key))
        connection.execute("select pg_notify('barograph_catalog', %s::text)", (project.id,))


def add_many_sensors(database_url: str, project: Project) -> None:
    """So many that a catalog is not read in no time."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into sensor (project_id, key)"
            " select %s, 'spare' || n from generate_series(1, 20000) as n",
            (project.id,),
        )


def activate(database_url: str, project: Project, number: int) -> None:
    """Another profile for the first sensor."""
    with psycopg.connect(database_url) as connection:
        change_catalog(connection, project.id)
        connection.execute("delete from profile_validity where sensor_id = %s", (project.sensor_ids[0],))
        profile = Profile("linear", {"slope": number, "offset": 0})
        add_profile(connection, project.sensor_ids[0], number, profile)


def test_a_sensor_added_in_the_middle_of_a_commit_does_not_make_it_begin_again(
    database_url: str, project: Project
) -> None:
    source, keys = bind_source(database_url, project), count()

    def add_another() -> None:
        add_sensor(database_url, project, f"new{next(keys)}")

    with watched(database_url, project, add_another) as (committer, cache):
        for seq in range(1, 6):
            assert committer.commit([make_frame(source, seq, [float(seq)])])[0].fate is Fate.STORED
        assert cache.asked == 5
    assert raw(database_url, project) == [1, 2, 3, 4, 5]


def test_a_profile_is_activated_between_two_commits_and_never_within_one(
    database_url: str, project: Project
) -> None:
    source, numbers = bind_source(database_url, project), count(2)
    threads: list[threading.Thread] = []

    def start_to_activate() -> None:
        thread = threading.Thread(target=activate, args=(database_url, project, next(numbers)))
        threads.append(thread)
        thread.start()
        wait_for_a_blocked_backend(database_url)

    with watched(database_url, project, start_to_activate) as (committer, cache):
        for seq in range(1, 5):
            assert committer.commit([make_frame(source, seq, [1.0])])[0].fate is Fate.STORED
            threads[-1].join()
        assert cache.asked == 4
    assert sorted(stored(database_url, project, "physical")) == [(2,), (3,), (3,), (4,)]


@pytest.mark.parametrize("change", [pytest.param(add_sensor, marks=pytest.mark.nightly), activate])
def test_a_gateway_hears_of_every_frame_while_the_catalog_moves_as_fast_as_it_can(
    own_ingest: Program, database_url: str, project: Project, change: Callable[[str, Project, Any], None]
) -> None:
    is_over = threading.Event()
    add_many_sensors(database_url, project)

    def keep_changing() -> None:
        for number in count(2):
            if is_over.is_set():
                return
            change(database_url, project, str(number) if change is add_sensor else number)

    changing = threading.Thread(target=keep_changing)
    with open_gateway(own_ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0", "s1"])
        changing.start()
        try:
            for seq in range(1, FRAMES + 1):
                gateway.send_values(seq, [float(seq)])
                gateway.acked_up_to(seq)
        finally:
            is_over.set()
            changing.join()
    assert raw(database_url, project) == list(range(1, FRAMES + 1))


def test_a_sensor_that_exists_is_known_to_the_next_commit_without_a_notice(
    database_url: str, project: Project, committer: Committer
) -> None:
    source = bind_source(database_url, project)
    source.references = ["s0", "later"]
    frame = make_frame(source, 1, [1.0, 2.0], channel=[0, 1])
    assert committer.commit([frame])[0].accepted == 1
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "update project set catalog_version = catalog_version + 1 where id = %s", (project.id,)
        )
        connection.execute("insert into sensor (project_id, key) values (%s, 'later')", (project.id,))
    assert committer.commit([make_frame(source, 2, [3.0, 4.0], channel=[0, 1])])[0].accepted == 2


class RevokingCache(CatalogCache):
    """Revokes a token just after somebody has looked whether it is valid."""

    def __init__(self, database_url: str, token_id: UUID) -> None:
        super().__init__(database_url)
        self._database_url, self._token_id, self._is_done = database_url, token_id, False

    def get(self, project_id: int) -> Catalog:
        catalog = super().get(project_id)
        if self._is_done:
            return catalog
        self._is_done = True
        with psycopg.connect(self._database_url) as connection:
            change_catalog(connection, project_id)
            connection.execute("update ingest_token set revoked_at = now() where id = %s", (self._token_id,))
        self.refresh(project_id)
        return catalog


def test_a_token_revoked_between_a_look_and_a_commit_stores_nothing_outside_its_scope(
    database_url: str, project: Project
) -> None:
    with psycopg.connect(database_url) as connection:
        _, token_id = add_token(connection, project.id, sensors=[project.sensor_ids[0]])
    bound = bind_source(database_url, project)
    source = Source(
        project.id, token_id, project.keys, lambda _: None, producer_id=bound.producer_id, epoch=bound.epoch
    )
    cache = RevokingCache(database_url, token_id)
    cache.open()
    committer = Committer(database_url, cache, 50_000, lambda _: None)
    try:
        committer.commit([make_frame(source, 1, [1.0], channel=[1])])
    finally:
        committer.close()
        cache.close()
    assert raw(database_url, project) == []


def test_a_commit_that_waits_for_a_revocation_stores_nothing(
    database_url: str, project: Project, committer: Committer
) -> None:
    source = bind_source(database_url, project)
    committer.commit([make_frame(source, 1, [1.0])])
    fates: list[Fate] = []
    thread = threading.Thread(
        target=lambda: fates.extend(r.fate for r in committer.commit([make_frame(source, 2, [2.0])]))
    )
    with psycopg.connect(database_url) as connection:
        change_catalog(connection, project.id)
        connection.execute("update ingest_token set revoked_at = now() where id = %s", (project.token_id,))
        thread.start()
        wait_for_a_blocked_backend(database_url)
    thread.join()
    assert fates == [Fate.REVOKED]
    assert last_seq(database_url, source) == 1


def test_a_token_that_a_catalog_has_not_got_sees_no_sensor(
    database_url: str, project: Project, committer: Committer
) -> None:
    source = bind_source(database_url, project)
    committer.commit([make_frame(source, 1, [1.0])])
    cache = CatalogCache(database_url)
    cache.open()
    try:
        catalog = cache.get(project.id)
    finally:
        cache.close()
    assert resolve(catalog, project.token_id, project.keys).tolist() == [0, 1, 2]
    assert resolve(catalog, UUID(int=1), project.keys).tolist() == [-1, -1, -1]
