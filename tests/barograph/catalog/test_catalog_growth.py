"""A catalog that grew by its changes is the one that the database holds, whatever was changed, and when."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, LiteralString
from uuid import uuid4

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.catalog.catalog import HOLDS_NOWHERE, Catalog, CatalogCache
from barograph.catalog.timeline import BEGINNING_US
from tests.conftest import database_name, temporary_database
from tests.examples import few_examples
from tests.seed import Profile, Project, add_profile, add_token, change_catalog, seed_project

Connection = psycopg.Connection[Any]
SENSORS = 6
TIMES_US = np.array([BEGINNING_US, 0, 10**15, 10**15 + 10**12, 2 * 10**15, 2**62])
# What a restore brings back, in an order in which it can be written.
TABLES: tuple[LiteralString, ...] = (
    "sensor",
    "conversion_profile",
    "profile_validity",
    "sensor_limit",
    "ingest_token",
    "catalog_change",
)


@pytest.fixture(scope="module")
def database_url(server_url: str, template_name: str) -> Generator[str]:
    """Shared by the examples, each of which has projects of its own."""
    with temporary_database(server_url, database_name(), template_name) as url:
        yield url


@dataclass
class Changes:
    """Changes of one project, each in a transaction of its own."""

    database_url: str
    project: Project
    numbers: dict[int, int] = field(default_factory=dict[int, int])
    reserved: list[int] = field(default_factory=list[int])
    is_saved: bool = False

    def sensors(self, connection: Connection) -> list[int]:
        rows = connection.execute(
            "select id from sensor where project_id = %s order by id", (self.project.id,)
        )
        return [row[0] for row in rows.fetchall()]

    def chosen(self, connection: Connection, which: int) -> int | None:
        sensors = self.sensors(connection)
        return sensors[which % len(sensors)] if sensors else None

    def add(self, connection: Connection, which: int) -> None:
        """One or two sensors, by names that a profile may have waited for."""
        for _ in range(1 + which % 2):
            key = f"s{len(self.sensors(connection))}"
            connection.execute(
                "insert into sensor (project_id, key) values (%s, %s) on conflict do nothing",
                (self.project.id, key),
            )

    def add_late(self, connection: Connection, which: int) -> None:
        """A sensor whose id was drawn earlier than others that are here."""
        if not self.reserved or which % 2:
            (drawn,) = connection.execute("select nextval(pg_get_serial_sequence('sensor', 'id'))").fetchall()
            self.reserved.append(drawn[0])
            return
        connection.execute(
            "insert into sensor (id, project_id, key) overriding system value values (%s, %s, %s)"
            " on conflict do nothing",
            (self.reserved.pop(), self.project.id, f"late{which}"),
        )

    def rename(self, connection: Connection, which: int) -> None:
        sensor_id = self.chosen(connection, which)
        connection.execute("update sensor set key = %s where id = %s", (f"n{uuid4()}", sensor_id))

    def set_status(self, connection: Connection, which: int) -> None:
        status = ("registering", "active", "inactive")[which % 3]
        sensor_id = self.chosen(connection, which // 3)
        connection.execute("update sensor set status = %s where id = %s", (status, sensor_id))

    def delete(self, connection: Connection, which: int) -> None:
        sensor_id = self.chosen(connection, which)
        connection.execute("delete from profile_validity where sensor_id = %s", (sensor_id,))
        connection.execute("delete from conversion_profile where sensor_id = %s", (sensor_id,))
        connection.execute("delete from sensor_limit where sensor_id = %s", (sensor_id,))
        connection.execute("delete from sensor where id = %s", (sensor_id,))

    def activate(self, connection: Connection, which: int) -> None:
        """A profile from some time on, which may need a sensor that is there, or is not yet."""
        sensor_id = self.chosen(connection, which)
        if sensor_id is None:
            return
        number = self.numbers[sensor_id] = self.numbers.get(sensor_id, 0) + 1
        if which % 3:
            profile = Profile("linear", {"slope": 1 + which % 5, "offset": which})
        else:
            inputs = {"t": f"s{which % (SENSORS + 3)}"}
            profile = Profile("expression", {"expression": "raw + t", "inputs": inputs})
        connection.execute("delete from profile_validity where sensor_id = %s", (sensor_id,))
        add_profile(connection, sensor_id, number, profile)

    def end(self, connection: Connection, which: int) -> None:
        connection.execute(
            "delete from profile_validity where sensor_id = %s", (self.chosen(connection, which),)
        )

    def set_limit(self, connection: Connection, which: int) -> None:
        sensor_id = self.chosen(connection, which)
        connection.execute("delete from sensor_limit where sensor_id = %s", (sensor_id,))
        if sensor_id is not None and which % 2:
            connection.execute(
                "insert into sensor_limit (sensor_id, level, max, during)"
                " values (%s, 'warning', %s, tstzrange(null, null))",
                (sensor_id, which),
            )

    def change_token(self, connection: Connection, which: int) -> None:
        if which % 2:
            add_token(connection, self.project.id, sensors=self.sensors(connection)[: which % 4])
        else:
            connection.execute(
                "delete from ingest_token where project_id = %s and id <> %s",
                (self.project.id, self.project.token_id),
            )

    def save(self, connection: Connection, _: int) -> None:
        """What a backup holds."""
        connection.execute("set local session_replication_role = replica")
        for table in TABLES:
            connection.execute(f"drop table if exists saved_{table}")
            connection.execute(f"create table saved_{table} as table {table}")
        connection.execute("drop table if exists saved_project")
        connection.execute("create table saved_project as table project")
        self.is_saved = True

    def restore(self, connection: Connection, _: int) -> None:
        """The database goes back: versions count on from an older number, and ids are given out again."""
        if not self.is_saved:
            return
        connection.execute("set local session_replication_role = replica")
        for table in reversed(TABLES):
            connection.execute(f"delete from {table}")  # noqa: S608  # the test's own words
        for table in TABLES:
            connection.execute(f"insert into {table} overriding system value table saved_{table}")
        connection.execute(
            "update project set catalog_version = saved.catalog_version, catalog_stamp = saved.catalog_stamp"
            " from saved_project as saved where saved.id = project.id"
        )
        connection.execute(
            "select setval(pg_get_serial_sequence('sensor', 'id'), (select max(id) + 1 from sensor)),"
            " setval(pg_get_serial_sequence('conversion_profile', 'id'),"
            " (select coalesce(max(id), 0) + 1 from conversion_profile))"
        )
        self.reserved.clear()
        rows = connection.execute("select sensor_id, max(number) from conversion_profile group by 1")
        self.numbers = dict(rows.fetchall())

    def make(self, name: str, which: int) -> None:
        with psycopg.connect(self.database_url) as connection:
            if name not in {"save", "restore"}:
                change_catalog(connection, self.project.id)
            change: Callable[[Connection, int], None] = getattr(self, name)
            change(connection, which)


KINDS = (
    "add",
    "add_late",
    "rename",
    "set_status",
    "delete",
    "activate",
    "activate",
    "end",
    "set_limit",
    "change_token",
    "save",
    "restore",
)


STORIES = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 60), st.booleans()), min_size=1, max_size=25
)


@few_examples(4)
@given(STORIES)
def test_a_catalog_that_grew_is_the_one_that_is_read_whole(
    database_url: str, story: list[tuple[str, int, bool]]
) -> None:
    changes = Changes(database_url, seed_project(database_url, SENSORS, [Profile()]))
    changes.numbers = dict.fromkeys(changes.project.sensor_ids, 1)
    growing = CatalogCache(database_url)
    growing.open()
    try:
        growing.get(changes.project.id)
        for name, which, is_looked_at in story:
            changes.make(name, which)
            if is_looked_at:
                check(growing, changes)
        check(growing, changes)
    finally:
        growing.close()


def check(growing: CatalogCache, changes: Changes) -> None:
    before = growing.cached(changes.project.id)
    grown = growing.refresh(changes.project.id)
    whole_cache = CatalogCache(changes.database_url)
    whole_cache.open()
    try:
        whole = whole_cache.get(changes.project.id)
    finally:
        whole_cache.close()
    assert contents(grown) == contents(whole)
    assert conversions(grown) == conversions(whole)
    if before is not None and before.numbering is grown.numbering:
        assert before.slots.items() <= grown.slots.items()
        assert before.public_ids == grown.public_ids[: len(before.public_ids)]


def contents(catalog: Catalog) -> dict[str, object]:
    """All that it says, by names that don't depend on how profiles are numbered."""
    dependencies, limits = catalog.dependencies, catalog.limits
    return {
        "version": (catalog.version, catalog.stamp),
        "slots": dict(catalog.slots),
        "sensors": list(
            zip(
                catalog.sensor_ids.tolist(),
                catalog.public_ids,
                catalog.keys,
                catalog.accepts.tolist(),
                catalog.registering.tolist(),
                strict=True,
            )
        ),
        "dependants": {slot: list(needers) for slot, needers in dependencies.dependants.items()},
        "levels": dependencies.level.tolist(),
        "auxiliaries": dependencies.is_auxiliary.tolist(),
        "concerned": dependencies.is_concerned.tolist(),
        "limits": [column.tolist() for column in vars(limits.limits).values()],
        "limits_first": limits.first.tolist(),
        "tokens": dict(catalog.tokens),
        "profiles": sorted(each for each in catalog.profile_ids.tolist() if each != HOLDS_NOWHERE),
    }


def conversions(catalog: Catalog) -> list[tuple[object, ...]]:
    """Of each sensor at some times: the profile, the sensors that it needs, and what it makes of a value."""
    slots = np.repeat(np.arange(len(catalog.keys), dtype=np.int32), TIMES_US.size)
    times = np.tile(TIMES_US, len(catalog.keys))
    profile = catalog.timeline.locate(slots, times)
    columns = [np.full(slots.size, 3.0)] * catalog.dependencies.slots.shape[1]
    physical, flags = catalog.profiles.convert(profile, np.arange(slots.size, dtype=np.float64), columns)
    ids = [int(catalog.profile_ids[each]) if each >= 0 else None for each in profile.tolist()]
    needed = [
        [slot for slot in catalog.dependencies.slots[each].tolist() if slot >= 0] if each >= 0 else []
        for each in profile.tolist()
    ]
    return list(zip(ids, needed, map(repr, physical.tolist()), flags.tolist(), strict=True))
