"""When a database begins to take blocks."""

import psycopg

from barograph.database.block_format import MIN_READINGS, copy_readings, encode_readings
from barograph.database.reading_storage import stores_blocks
from barograph.database.schema.migrations import begin_blocks
from barograph.local.doctor import examine_blocks
from tests.barograph.database.test_copy_format import columns_of
from tests.programs import ROOT
from tests.seed import seed_project

MIGRATION = ROOT / "sql/migrations/1380_reading_blocks.sql"


def test_a_new_database_takes_blocks_at_once(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        assert stores_blocks(connection)
    assert not begin_blocks(database_url)
    assert examine_blocks(database_url).advice == ""


def test_one_that_an_earlier_release_has_used_takes_them_when_it_is_told(database_url: str) -> None:
    seed_project(database_url, 1)
    # As the migration finds it.
    statement = MIGRATION.read_text().rpartition("insert into reading_storage")[2]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("delete from reading_storage")
        connection.execute(f"insert into reading_storage{statement}".encode())
        columns = columns_of([(at, 0.5, None, 1, None, None) for at in range(MIN_READINGS)])
        for is_told in (False, True):
            assert stores_blocks(connection) == is_told
            copy_readings(connection, encode_readings(columns, in_blocks=stores_blocks(connection)))
            stored = connection.execute(
                "select (select count(*) from reading), (select count(*) from reading_block)"
            ).fetchone()
            assert stored == (MIN_READINGS, int(is_told))
            assert ("migrate --blocks" in examine_blocks(database_url).advice) != is_told
            assert begin_blocks(database_url) != is_told
