"""Ingest tokens stop with whoever made them."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import LiteralString
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.ingest.database import ask
from tests.ingest.gateway import Gateway, open_gateway
from tests.ingest.posting import assert_problem, post_once, reading, receipt
from tests.programs import Program
from tests.seed import Project, add_token, change_catalog

REMOVED = "delete from member where account_id = %s"
DEMOTED = "update member set role = 'viewer' where account_id = %s"
DEACTIVATED = "update account set deactivated_at = now() where id = %s"


@pytest.fixture
def issued(database_url: str, project: Project) -> tuple[Project, str]:
    """The project with a token that an editor made, and the editor."""
    with psycopg.connect(database_url) as connection:
        token, token_id = add_token(connection, project.id)
        row = connection.execute(
            "insert into account (email, password_hash) values (%s, '') returning id::text",
            (f"{uuid4()}@example.org",),
        ).fetchone()
        assert row is not None
        connection.execute("insert into member values (%s, %s, 'editor')", (project.id, row[0]))
        connection.execute("update ingest_token set created_by = %s where id = %s", (row[0], token_id))
    return replace(project, token=token, token_id=token_id), row[0]


def change(database_url: str, project: Project, statement: LiteralString, account: str) -> None:
    """What the API does: the change of a member under the catalog's lock."""
    with psycopg.connect(database_url) as connection:
        change_catalog(connection, project.id)
        connection.execute(statement, (account,))


@contextmanager
def streaming(ingest: Program, project: Project) -> Generator[Gateway]:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig", ["s0"])
        gateway.send_values(1, [1.0])
        gateway.acked_up_to(1)
        yield gateway


@pytest.mark.parametrize("statement", [REMOVED, DEMOTED, DEACTIVATED])
def test_open_sockets_and_replays_end_with_the_issuer(
    ingest: Program, database_url: str, issued: tuple[Project, str], statement: LiteralString
) -> None:
    project, issuer = issued
    with (
        httpx.Client(base_url=ingest.url, headers=project.headers, timeout=20) as client,
        streaming(ingest, project) as gateway,
    ):
        body = reading()
        assert post_once(client, "key", body).json() == receipt(1)
        change(database_url, project, statement, issuer)
        assert gateway.close_code() == (4401, "token-revoked")
        assert_problem(post_once(client, "key", body), 401, "unauthenticated")


def test_another_issuer_takes_it_over(
    ingest: Program, database_url: str, issued: tuple[Project, str]
) -> None:
    project, issuer = issued
    change(database_url, project, REMOVED, issuer)
    with httpx.Client(base_url=ingest.url, headers=project.headers, timeout=20) as client:
        assert post_once(client, "key", reading()).status_code == 401
        change(
            database_url, project, "update ingest_token set created_by = null where created_by = %s", issuer
        )
        assert post_once(client, "key", reading()).status_code == 200


def test_a_service_accounts_token_stops_with_who_answers_for_it(
    ingest: Program, database_url: str, issued: tuple[Project, str]
) -> None:
    project, owner = issued
    ask(database_url, "update member set role = 'owner' where account_id = %s", owner)
    ((service,),) = ask(
        database_url, "insert into account (kind, name) values ('service', 'ci') returning id::text"
    )
    ask(database_url, "insert into member values (%s, %s, 'editor')", project.id, service)
    ask(
        database_url,
        "insert into service_account (account_id, project_id, token_hash, issued_by) values (%s, %s, %s, %s)",
        service,
        project.id,
        uuid4().bytes,
        owner,
    )
    ask(database_url, "update ingest_token set created_by = %s where id = %s", service, project.token_id)
    heir = "insert into account (email, password_hash) values (%s, '') returning id::text"
    ((other,),) = ask(database_url, heir, f"{uuid4()}@example.org")
    ask(database_url, "insert into member values (%s, %s, 'owner')", project.id, other)
    with streaming(ingest, project) as gateway:
        change(database_url, project, DEMOTED, owner)
        assert gateway.close_code() == (4401, "token-revoked")
