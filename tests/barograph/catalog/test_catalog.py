"""Catalogs of a real database, as ingest sees them."""

from collections.abc import Generator

import psycopg
import pytest

from barograph.catalog.catalog import CatalogCache
from barograph.catalog.timeline import FOREVER_US
from barograph.errors import NotFound
from tests.conftest import database_name, temporary_database
from tests.seed import Profile, add_profile, add_token, change_catalog, seed_project


@pytest.fixture(scope="module")
def database_url(server_url: str, template_name: str) -> Generator[str]:
    """Shared by the tests here, each of which has projects of its own."""
    with temporary_database(server_url, database_name(), template_name) as url:
        yield url


@pytest.fixture
def cache(database_url: str) -> Generator[CatalogCache]:
    cache = CatalogCache(database_url)
    cache.open()
    yield cache
    cache.close()


def test_a_catalog_holds_the_sensors_of_its_project_alone(database_url: str, cache: CatalogCache) -> None:
    project, other = seed_project(database_url, 3), seed_project(database_url, 5)
    catalog = cache.get(project.id)
    assert catalog.keys == list(project.keys)
    assert catalog.sensor_ids.tolist() == list(project.sensor_ids)
    assert set(catalog.tokens) == {project.token_id}
    assert len(cache.get(other.id).keys) == 5


def test_a_sensor_is_found_by_its_key_and_by_its_id(database_url: str, cache: CatalogCache) -> None:
    catalog = cache.get(seed_project(database_url, 3).id)
    assert catalog.slot("s1") == catalog.slot(str(catalog.public_ids[1])) == 1
    assert catalog.slot("nobody") is None


def test_an_id_wins_over_a_key_that_looks_like_it(database_url: str, cache: CatalogCache) -> None:
    project = seed_project(database_url, 2)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "update sensor set key = (select upper(public_id::text) from sensor where id = %s) where id = %s",
            project.sensor_ids,
        )
    catalog = cache.get(project.id)
    named = str(catalog.public_ids[0])
    assert catalog.slot(named) == catalog.slot(named.upper()) == 0


@pytest.mark.parametrize(
    "key", ["0190F5FE-7C00-7A00-8000-00000000000A", "0190f5fe-7c00-7a00-8000-00000000000a"]
)
def test_a_key_from_before_that_looks_like_nobodys_id_is_a_key(
    database_url: str, cache: CatalogCache, key: str
) -> None:
    project = seed_project(database_url, 2)
    with psycopg.connect(database_url) as connection:
        connection.execute("update sensor set key = %s where id = %s", (key, project.sensor_ids[1]))
    catalog = cache.get(project.id)
    assert catalog.slot(key) == catalog.slot(key.lower()) == 1


def test_a_known_catalog_is_not_asked_for_again_until_it_is_refreshed(
    database_url: str, cache: CatalogCache
) -> None:
    project = seed_project(database_url, 1)
    before = cache.get(project.id)
    with psycopg.connect(database_url) as connection:
        change_catalog(connection, project.id)
        add_profile(connection, project.sensor_ids[0], 1, Profile())
    assert cache.get(project.id) is before
    after = cache.refresh(project.id)
    assert after.version == before.version + 1
    assert (len(before.profiles), len(after.profiles)) == (0, 1)
    assert cache.refresh(project.id) is after


def test_tokens_that_are_revoked_or_have_expired_are_not_valid(
    database_url: str, cache: CatalogCache
) -> None:
    project = seed_project(database_url, 1)
    with psycopg.connect(database_url) as connection:
        _, expiring = add_token(connection, project.id, expires_at="2099-01-01T00:00:00Z")
        _, expired = add_token(connection, project.id, expires_at="2020-01-01T00:00:00Z")
        _, revoked = add_token(connection, project.id)
        connection.execute("update ingest_token set revoked_at = now() where id = %s", (revoked,))
    catalog = cache.get(project.id)
    new_year_us = 4_070_908_800_000_000
    assert catalog.has_valid(project.token_id, FOREVER_US - 1)
    assert catalog.has_valid(expiring, new_year_us - 1)
    assert not catalog.has_valid(expiring, new_year_us)
    assert not catalog.has_valid(expired, 0)
    assert not catalog.has_valid(revoked, 0)


def test_a_deleted_project_is_forgotten(database_url: str, cache: CatalogCache) -> None:
    project = seed_project(database_url, 1)
    cache.get(project.id)
    with psycopg.connect(database_url) as connection:
        connection.execute("delete from project where id = %s", (project.id,))
    with pytest.raises(NotFound):
        cache.refresh(project.id)
    assert cache.project_ids() == []
    with pytest.raises(NotFound):
        cache.get(project.id)


def test_a_refresh_survives_connections_that_died(database_url: str, cache: CatalogCache) -> None:
    project = seed_project(database_url, 1)
    before = cache.get(project.id)
    with psycopg.connect(database_url) as connection:
        change_catalog(connection, project.id)
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    assert cache.refresh(project.id).version == before.version + 1
