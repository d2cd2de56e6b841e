"""News from the database reaches open sockets, even when the first try to look fails."""

import psycopg

from tests.ingest.database import wait_for_a_blocked_backend
from tests.ingest.gateway import open_gateway
from tests.programs import Program
from tests.seed import Project, change_catalog


def test_a_refresh_that_fails_is_tried_again_until_a_revoked_tokens_socket_is_closed(
    ingest: Program, project: Project, database_url: str
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        revoke_untold(database_url, project)
        with psycopg.connect(database_url) as blocker:
            blocker.execute("lock table catalog_change in access exclusive mode")  # no catalog can be read
            tell(database_url, project)
            waiting = wait_for_a_blocked_backend(database_url)
            blocker.execute("select pg_terminate_backend(%s)", (waiting,))
        assert gateway.close_code() == (4401, "token-revoked")


def revoke(database_url: str, project: Project) -> None:
    with psycopg.connect(database_url) as connection:
        change_catalog(connection, project.id)
        connection.execute("update ingest_token set revoked_at = now() where id = %s", (project.token_id,))


def revoke_untold(database_url: str, project: Project) -> None:
    """Revokes the token; the notice of it is lost."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "update project set catalog_version = catalog_version + 1 where id = %s", (project.id,)
        )
        connection.execute("update ingest_token set revoked_at = now() where id = %s", (project.token_id,))


def tell(database_url: str, project: Project) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("select pg_notify('barograph_catalog', %s::text)", (project.id,))


def test_a_deleted_projects_sockets_are_closed(ingest: Program, project: Project, database_url: str) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        with psycopg.connect(database_url) as connection:
            connection.execute("delete from project where id = %s", (project.id,))
        tell(database_url, project)
        assert gateway.close_code() == (4401, "token-revoked")


def test_notices_that_make_no_sense_disturb_nobody(
    ingest: Program, project: Project, database_url: str
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        with psycopg.connect(database_url) as connection:
            for channel in ("barograph_catalog", "barograph_bind"):
                for payload in (
                    "",
                    "x",
                    "{}",
                    "null",
                    "[]",
                    '{"id":7,"epoch":9}',
                    '{"public_id":"a"}',
                    "9" * 5000,
                ):
                    connection.execute("select pg_notify(%s, %s)", (channel, payload))
        gateway.send_values(1, [1.0])
        gateway.acked_up_to(1)
        revoke(database_url, project)
        assert gateway.close_code() == (4401, "token-revoked")
