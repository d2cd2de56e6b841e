"""The roles of programs: what each may do is what its statements need, and stays so."""

import re
import secrets
from collections.abc import Generator, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import LiteralString

import grimp
import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from api.rights.grants import of_caller
from barograph.database.queries import load_queries
from barograph.database.schema.migrations import migrate, pending
from barograph.database.schema.program_roles import FOLLOWS, ProgramRole, find_url, program_url
from tests.barograph.database.test_queries import COMPOSED, PARTS, numbered
from tests.conftest import PROJECT, database_name, temporary_database
from tests.programs import url_of

PACKAGES = {ProgramRole.INGEST: "ingest", ProgramRole.API: "api", ProgramRole.WORKER: "backfill"}
NAME = re.compile(r'"([a-z_]+\.[a-z0-9_]+)"')
# They stand in a module that the program imports for another statement.
NOT_ITS_OWN = {
    ProgramRole.INGEST: {"validity.take", "validity.give"},
    ProgramRole.API: {"identity.create_login_code"},
    ProgramRole.WORKER: set[str](),
}
# What EXPLAIN does not take; each has a test where it is used.
UNEXPLAINED = re.compile(r"^(copy|lock|create|do|delete from pg_temp\S+)\b", re.MULTILINE)


@pytest.fixture(params=ProgramRole)
def role(request: pytest.FixtureRequest) -> ProgramRole:
    return request.param


@pytest.fixture(scope="module")
def untouched_url(server_url: str, template_name: str) -> Generator[str]:
    """A database for tests that only look, and for what is refused."""
    with temporary_database(server_url, database_name(), template_name) as url:
        yield url


@pytest.fixture
def connection(untouched_url: str, role: ProgramRole) -> Generator[psycopg.Connection]:
    """As the program connects."""
    with closing(psycopg.connect(url_of(role, untouched_url), autocommit=True)) as connection:
        yield connection


def test_a_role_may_do_what_the_programs_statements_do(
    connection: psycopg.Connection, role: ProgramRole
) -> None:
    # A new table, or a new statement, needs a line in `sql/grants/`.
    refused: dict[str, str] = {}
    for name, statement in statements_of(role):
        result = connection.pgconn.exec_(b"explain (generic_plan) " + numbered(statement))
        if result.error_message:
            refused[name] = result.error_message.decode()
    assert refused == {}


def test_a_role_may_read_and_change_no_table_that_the_program_does_not_name(
    connection: psycopg.Connection, role: ProgramRole
) -> None:
    named = set(re.findall(r"\w+", " ".join(statement for _, statement in statements_of(role))))
    # By the view of tokens and its function, and by those of readings.
    read_by_views = {"ingest_token", "reading_block"}
    granted = connection.execute(
        "select distinct table_name from information_schema.role_table_grants"
        " where grantee = current_user and table_schema = 'public'"
    ).fetchall()
    assert granted
    assert {table for (table,) in granted} <= named | read_by_views


def test_a_role_is_nobody_special(connection: psycopg.Connection, role: ProgramRole) -> None:
    row = connection.execute(
        "select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,"
        " array(select roleid::regrole::text from pg_auth_members where member = pg_roles.oid)"
        " from pg_roles where rolname = current_user"
    ).fetchone()
    assert connection.info.user == role
    assert row == (False, False, False, False, False, [])


@pytest.mark.parametrize(
    "statement",
    [
        "copy (select 1) to program 'true'",
        "copy (select 1) to '/tmp/barograph-was-here'",
        "select pg_read_file('/etc/passwd')",
        "select pg_ls_dir('/')",
        "select lo_import('/etc/passwd')",
        "drop table reading",
        "truncate reading",
        "alter table sensor add mine int",
        "create table mine ()",
        "create function mine() returns int language sql as 'select 1'",
        "create role mine",
        "select rolpassword from pg_authid",
        "update reading set raw = 0",
        "update audit_entry set actor = 'nobody'",
        "delete from audit_entry",
        "truncate audit_entry",
        "update audit_seal set hash = ''",
        "delete from audit_seal",
        "update audit_anchor set hash = ''",
        "delete from audit_anchor",
        "update status_change set actor = 'nobody'",
        "delete from status_change",
        "alter table audit_entry disable trigger all",
        "set session_replication_role = replica",
        "set role pg_read_server_files",
        "update migration set checksum = ''",
        "delete from view_ledger",
        "select drop_chunks('reading', older_than => now())",
    ],
)
def test_no_program_may(connection: psycopg.Connection, statement: LiteralString) -> None:
    connection.execute("set barograph.audit_retention = 'on'")
    with pytest.raises((errors.InsufficientPrivilege, errors.UndefinedFile)) as refusal:
        connection.execute(statement)
    assert isinstance(refusal.value, errors.InsufficientPrivilege)


def test_no_program_calls_what_only_the_owner_of_a_table_may(role: ProgramRole) -> None:
    # EXPLAIN does not call functions: these would be refused when the statement runs.
    owners = re.compile(r"\b(drop_chunks|compress_chunk|convert_to_columnstore|move_chunk|truncate|alter)\b")
    assert [name for name, statement in statements_of(role) if owners.search(statement)] == []


@pytest.mark.parametrize("table", ["account", "refresh_token", "audit_entry", "password_reset"])
def test_ingest_reads_nothing_of_people(untouched_url: str, table: LiteralString) -> None:
    with (
        psycopg.connect(url_of(ProgramRole.INGEST, untouched_url)) as connection,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        connection.execute(SQL("select from {}").format(Identifier(table)))


@pytest.mark.parametrize(
    "call", ["drop_old_chunk('reading', now(), now())", "prune_audit(1)", "enable_columnstore()"]
)
def test_the_owners_functions_are_the_workers_alone(untouched_url: str, call: LiteralString) -> None:
    for role in (ProgramRole.INGEST, ProgramRole.API):
        with (
            psycopg.connect(url_of(role, untouched_url)) as connection,
            pytest.raises(errors.InsufficientPrivilege),
        ):
            connection.execute("select " + call)


def test_what_a_trigger_does_needs_no_right_of_its_cause(untouched_url: str) -> None:
    # `create function … returns trigger security definer set search_path = public, pg_temp`
    with psycopg.connect(untouched_url) as connection:
        functions = connection.execute(
            "select proname, prosecdef, proconfig from pg_proc where pronamespace = 'public'::regnamespace"
            " and prorettype = 'trigger'::regtype and probin is null"
        ).fetchall()
    assert functions
    unsafe = [name for name, *safety in functions if safety != [True, ["search_path=public, pg_temp"]]]
    assert unsafe == []


def test_the_worker_drops_chunks_of_readings_and_roll_ups_alone(untouched_url: str) -> None:
    with psycopg.connect(url_of(ProgramRole.WORKER, untouched_url), autocommit=True) as connection:
        for statement in (
            "select drop_old_chunk('project', now(), now())",
            "select move_into_columnstore('project'::regclass)",
        ):
            with pytest.raises(errors.InsufficientPrivilege, match="only chunks"):
                connection.execute(statement)


def test_rights_come_back_when_somebody_has_changed_them(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("grant delete on reading, account to barograph_api")
        owner.execute("revoke select on project from barograph_api")
    assert pending(database_url) == ["rights of barograph_api"]
    migrate(database_url)
    assert pending(database_url) == []
    with psycopg.connect(url_of(ProgramRole.API, database_url), autocommit=True) as connection:
        connection.execute("select from project")
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("delete from account")


def test_an_owner_who_may_make_no_roles_lets_programs_in_as_itself(
    server_url: str, empty_database_url: str
) -> None:
    # As on a server that has no such roles yet, and never will.
    name, password = f"modest_{secrets.token_hex(4)}", secrets.token_hex(8)
    database = empty_database_url.rpartition("/")[2]
    with psycopg.connect(server_url, autocommit=True) as superuser:
        superuser.execute(SQL("create role {} login password {}").format(Identifier(name), password))
        superuser.execute(SQL("alter database {} owner to {}").format(Identifier(database), Identifier(name)))
    try:
        url = make_conninfo(empty_database_url, user=name, password=password)
        migrate(url)
        # The roles are there, since tests before this one made them; their passwords are not ours to set.
        for role in ProgramRole:
            assert program_url(url, role) is None
    finally:
        with psycopg.connect(server_url, autocommit=True) as superuser:
            superuser.execute(SQL("drop database {} with (force)").format(Identifier(database)))
            superuser.execute(SQL("create database {}").format(Identifier(database)))
            superuser.execute(SQL("drop role {}").format(Identifier(name)))


def test_a_password_that_is_given_counts_and_is_not_replaced(server_url: str, database_url: str) -> None:
    role = ProgramRole.INGEST
    try:
        given = make_conninfo(database_url, user=role, password="chosen elsewhere")
        assert program_url(database_url, role, "chosen elsewhere") == given
        psycopg.connect(given).close()
        # Somebody who does not know it, as another machine, or the doctor.
        assert find_url(database_url, role) is None
        assert program_url(database_url, role) is None
        psycopg.connect(given).close()
    finally:
        with psycopg.connect(server_url, autocommit=True) as superuser:
            superuser.execute(SQL("comment on role {} is {}").format(Identifier(role), FOLLOWS))
    assert program_url(database_url, role) is not None


def test_a_password_that_follows_changes_with_the_owners(server_url: str, empty_database_url: str) -> None:
    migrate(empty_database_url)
    first = url_of(ProgramRole.API, empty_database_url)
    name, password = f"other_{secrets.token_hex(4)}", secrets.token_hex(8)
    with psycopg.connect(server_url, autocommit=True) as superuser:
        superuser.execute(
            SQL("create role {} login superuser password {}").format(Identifier(name), password)
        )
    try:
        other = url_of(ProgramRole.API, make_conninfo(empty_database_url, user=name, password=password))
        assert other != first
        assert find_url(empty_database_url, ProgramRole.API) is None
    finally:
        assert url_of(ProgramRole.API, empty_database_url) == first
        with psycopg.connect(server_url, autocommit=True) as superuser:
            superuser.execute(SQL("drop role {}").format(Identifier(name)))


def statements_of(role: ProgramRole) -> Iterator[tuple[str, str]]:
    """Names and texts of the statements in the modules of a program, and in what they import."""
    queries = load_queries()
    callers = [name for name in queries if name.startswith("identity.") and "caller_id" in queries[name]]
    for name in sorted(names_of(PACKAGES[role]) - NOT_ITS_OWN[role] - {"access.of_caller", *PARTS}):
        if name.startswith("access."):
            yield from ((f"{name} of {caller}", of_caller(name, caller)) for caller in callers)
        elif name in COMPOSED:
            yield name, COMPOSED[name]
        elif not UNEXPLAINED.search(queries[name]):
            yield name, queries[name]


@cache
def names_of(package: str) -> set[str]:
    return {
        name
        for module in modules_of(package)
        for name in NAME.findall(source_of(module).read_text())
        if name in load_queries()
    }


def modules_of(package: str) -> set[str]:
    graph = imports()
    own = {package, *graph.find_descendants(package)}
    return own.union(*(graph.find_upstream_modules(module) for module in own))


@cache
def imports() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES.values(), "barograph", "conversion", "events", cache_dir=None)


def source_of(module: str) -> Path:
    path = PROJECT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
