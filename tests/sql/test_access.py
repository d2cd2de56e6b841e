"""Who sees what: every view shows a role its projects alone, at once, and nothing else is in its reach."""

# Names of views are put into statements; they are the tests' own.
# ruff: noqa: S608

from collections.abc import Generator
from contextlib import closing
from typing import LiteralString

import psycopg
import pytest
from psycopg import errors
from psycopg.sql import SQL

from barograph.database.schema.program_roles import ProgramRole
from barograph.database.schema.sql_roles import SqlRoleSpec, change_sql_role, remove_sql_role
from barograph.times import MINUTE_US, from_us, now_us
from tests.api.rollups import roll_up
from tests.api.stored import Stored, store
from tests.conftest import database_name, temporary_database
from tests.programs import url_of
from tests.seed import Profile, Project, seed_project
from tests.sql.analyst import VIEWS, Analyst, AnalystMaker, analysts, names

EVER = "readings_between('-infinity', 'infinity')"
NOW_US = now_us() // MINUTE_US * MINUTE_US - 90 * MINUTE_US


@pytest.fixture
def owner(database_url: str) -> Generator[psycopg.Connection]:
    with closing(psycopg.connect(database_url, autocommit=True)) as connection:
        yield connection


@pytest.fixture
def projects(database_url: str, owner: psycopg.Connection) -> list[Project]:
    """Two, with something in every view."""
    return [furnish(database_url, owner, number) for number in (1, 2)]


@pytest.fixture(scope="module")
def powerless(server_url: str, template_name: str) -> Generator[Analyst]:
    """Somebody who is refused whatever they do, so that one is enough."""
    with temporary_database(server_url, database_name(), template_name) as url:
        seed_project(url, 1)
        with psycopg.connect(url), analysts(url) as make:
            yield make("test")


def furnish(database_url: str, owner: psycopg.Connection, number: int) -> Project:
    project = seed_project(database_url, 2, [Profile()])
    ids = {"project": project.id, "sensor": project.sensor_ids[0], "start": from_us(NOW_US), "number": number}
    (sensor,) = owner.execute("select public_id::text from sensor where id = %(sensor)s", ids).fetchone() or (
        "",
    )
    store(database_url, sensor, [Stored(NOW_US + n, number, 10 * number, 1) for n in range(3)])
    roll_up(database_url, sensor)
    store(database_url, sensor, [Stored(NOW_US + MINUTE_US, number, 10 * number, 1)])
    for statement in FURNITURE:
        owner.execute(statement, ids)
    return project


FURNITURE: tuple[LiteralString, ...] = (
    """
    insert into sensor_liveness (sensor_id, last_seen_at, latest_at)
    values (%(sensor)s, now(), %(start)s + interval '1 minute')
    """,
    "insert into experiment (project_id, name) values (%(project)s, 'e')",
    """
    insert into run (project_id, experiment_id, name)
    select project_id, id, 'r' from experiment where project_id = %(project)s
    """,
    """
    insert into capture_session (project_id, run_id, ordinal, status, started_at, stopped_at)
    select project_id, id, 1, 'failed', %(start)s, now() from run where project_id = %(project)s
    """,
    """
    insert into capture_session_sensor
    select id, %(sensor)s from capture_session where project_id = %(project)s on conflict do nothing
    """,
    "insert into run_metric (run_id, name) select id, 'loss' from run where project_id = %(project)s",
    """
    insert into metric_point
    select metric.id, 1, 0.5, now()
    from run_metric as metric join run on run.id = run_id
    where project_id = %(project)s
    """,
    """
    insert into measure (project_id, name, sensor_id, stat, layer, over)
    values (%(project)s, 'least', %(sensor)s, 'min', 'raw', 'run')
    """,
    """
    insert into measure_value (measure_id, run_id, stretches, definition, value)
    select measure.id, run.id, '{}', 1, %(number)s
    from measure join run using (project_id)
    where project_id = %(project)s
    """,
    """
    insert into artifact (project_id, run_id, name, kind, content_type, url, is_restricted)
    select project_id, id, kind, kind, 'text/plain', 'https://example.org/', kind = 'secret'
    from run cross join unnest(array['report', 'secret']) as kind
    where project_id = %(project)s
    """,
    "insert into annotation (project_id, from_time, text) values (%(project)s, now(), 'note')",
    """
    with file as (
        insert into archive_file (project_id, name, range_start, range_end, readings, size_bytes, sha256)
        values (%(project)s, gen_random_uuid(), '2020-01-01', '2020-01-02', 1, 1, '')
        returning id
    )
    insert into archive_part (file_id, sensor_id, first_time, last_time, readings)
    select id, %(sensor)s, '2020-01-01', '2020-01-01', 1 from file
    """,
)


def test_the_tests_name_every_view(owner: psycopg.Connection) -> None:
    rows = owner.execute(
        "select relname, relkind::text, reloptions from pg_class"
        " where relnamespace = 'barograph_public'::regnamespace"
    ).fetchall()
    assert sorted(name for name, _, _ in rows) == sorted(VIEWS)
    # These put together views that are barriers.
    together = {"readings", "readings_1s", "readings_1m", "readings_1h", "readings_1d"}
    assert {(kind, *options) for name, kind, options in rows if name not in together} == {
        ("v", "security_barrier=true")
    }
    barriers = owner.execute(
        "select relname from pg_class where 'security_barrier=true' = any(reloptions)"
        " and relname in ('kept_bucket', 'made_bucket', 'made_second', 'visible_block', 'visible_reading')"
    )
    assert len(barriers.fetchall()) == 5


def test_each_view_shows_its_projects_alone(
    database_url: str, make_analyst: AnalystMaker, projects: list[Project]
) -> None:
    first, second = (project.public_id for project in projects)
    one, both = make_analyst(first), make_analyst(first, second)
    with (
        psycopg.connect(database_url) as owner,
        psycopg.connect(url_of(ProgramRole.API, database_url)) as api,
    ):
        for view in (*VIEWS, EVER):
            seen = f"select project_id from {view}"
            assert set(one.column(seen)) == {first}, view
            assert set(both.column(seen)) == {first, second}, view
            assert both.column(f"{seen} where project_id = '{second}' limit 1") == [second], view
            # Programs, and the owner, are nobody here.
            for nobody in (owner, api):
                statement = SQL(f"select from barograph_public.{view}")
                assert nobody.execute(statement).fetchall() == [], view


def test_nothing_is_seen_any_more_once_it_is_taken(
    database_url: str, make_analyst: AnalystMaker, projects: list[Project], owner: psycopg.Connection
) -> None:
    first, second = (project.public_id for project in projects)
    analyst = make_analyst(first, second)

    def seen() -> dict[str, list[str]]:
        return {view: names(analyst.column(f"select distinct project_id from {view}")) for view in VIEWS}

    assert seen() == dict.fromkeys(VIEWS, names([first, second]))
    change_sql_role(database_url, SqlRoleSpec(analyst.name, [str(second)]))
    assert seen() == dict.fromkeys(VIEWS, names([second]))
    owner.execute("update sql_role set expires_at = now() where name = %s", (analyst.name,))
    assert not any(seen().values())


def test_a_project_that_is_deleted_is_gone(
    make_analyst: AnalystMaker, projects: list[Project], owner: psycopg.Connection
) -> None:
    first, second = projects
    analyst = make_analyst(first.public_id, second.public_id)
    owner.execute("delete from run where project_id = %s", (first.id,))
    owner.execute("delete from experiment where project_id = %s", (first.id,))
    owner.execute("delete from project where id = %s", (first.id,))
    for view in VIEWS:
        assert analyst.column(f"select distinct project_id from {view}") == [second.public_id]


def test_raw_values_are_null_where_a_project_hides_them(
    make_analyst: AnalystMaker, projects: list[Project], owner: psycopg.Connection
) -> None:
    hiding, other = projects
    both = hiding.public_id, other.public_id
    viewer, editor = make_analyst(*both), make_analyst(*both, shows_raw=True)
    assert raw_of(viewer, hiding) == raw_of(editor, hiding) == {1.0}
    owner.execute("update project set raw_access = 'editors' where id = %s", (hiding.id,))
    assert raw_of(viewer, hiding) == {None}
    assert raw_of(viewer, other) == {2.0}
    assert raw_of(editor, hiding) == {1.0}


def raw_of(analyst: Analyst, project: Project) -> set[float | None]:
    """All that a view shows of raw values; they are all one here."""
    found: set[float | None] = set()
    for view in ("readings", EVER, "latest_readings", "session_readings", "visible_reading"):
        found.update(analyst.column(f"select raw from {view} where project_id = %s", project.public_id))
    for values in analyst.column("select raw from visible_block where project_id = %s", project.public_id):
        found.update([None] if values is None else values)
    found.update(analyst.column("select value from run_measures where project_id = %s", project.public_id))
    for tier in ("1s", "1m", "1h", "1d"):
        columns = "raw_mean, raw_min, raw_max, raw_first, raw_last"
        for row in analyst.ask(
            f"select {columns} from readings_{tier} where project_id = %s", project.public_id
        ):
            found.update(row.values())
        told = f"select raw_stddev is not null from readings_{tier} where project_id = %s and raw_count > 1"
        assert all(analyst.column(told, project.public_id)) is (None not in found)
    return found


def test_artifacts_that_are_restricted_are_not_there(
    make_analyst: AnalystMaker, projects: list[Project]
) -> None:
    analyst = make_analyst(projects[0].public_id, shows_raw=True)
    assert analyst.column("select kind from artifacts") == ["report"]


def test_the_owners_function_answers_for_the_projects_of_the_role_alone(
    make_analyst: AnalystMaker, projects: list[Project], owner: psycopg.Connection
) -> None:
    hiding, other = projects
    owner.execute("update project set raw_access = 'editors' where id = %s", (hiding.id,))
    analyst = make_analyst(hiding.public_id)
    asked = "select * from public.bucket_now(%s, 60, %s)"
    (row,) = analyst.ask(asked, hiding.sensor_ids[0], from_us(NOW_US))
    assert (row["raw_count"], row["raw_min"], row["raw_mean"], row["physical_max"]) == (3, None, None, 10.0)
    assert analyst.ask(asked, other.sensor_ids[0], from_us(NOW_US)) == []


def test_an_operator_that_tells_what_it_sees_sees_no_others_rows(
    make_analyst: AnalystMaker, projects: list[Project]
) -> None:
    # Without a barrier, a cheap condition goes first, and its error says what the other project holds.
    analyst = make_analyst(projects[0].public_id)
    for statement in (
        "select from readings where (physical::text || 'x')::float8 > 0 and physical = 20",
        "select from readings where 1 / (physical - 20) > 1e9",
        f"select from {EVER} where (physical::text || 'x')::float8 > 0 and physical = 20",
        "select from visible_block where (physical[1]::text || 'x')::float8 > 0 and physical[1] = 20",
        "select from sensors where 1 / length(replace(project_id::text, %s, '')) > 1e9",
        "select from runs where (name || status)::int = 0 and project_id::text = %s",
    ):
        marker = str(projects[1].public_id)
        try:
            assert analyst.ask(statement, *([marker] if "%s" in statement else [])) == []
        except errors.InvalidTextRepresentation as error:
            assert "20" not in str(error)  # noqa: PT017  # of its own rows it may tell


@pytest.mark.parametrize(
    "statement",
    [
        "select from public.reading",
        "select from public.account",
        "select from public.conversion_profile",
        "select from public.sql_role",
        "select from public.visible_project",
        "select from public.current_bucket",
        "select from public.reject_block",
        "select from public.audit_entry",
        "select from pg_authid",
        "select from pg_statistic",
        "select from pg_hba_file_rules",
        "select pg_read_file('/etc/passwd')",
        "select pg_ls_dir('/')",
        "select lo_import('/etc/passwd')",
        "select pg_terminate_backend(pid) from pg_stat_activity where usename <> current_user",
        "select pg_reload_conf()",
        "select public.drop_old_chunk('reading', now(), now())",
        "select public.prune_audit(1)",
        "select public.oldest_transaction_s()",
        "select public.drop_chunks('public.reading', older_than => now())",
        "copy (select 1) to program 'true'",
        "copy readings to '/tmp/barograph-was-here'",
        "insert into barograph_public.projects (name) values ('mine')",
        "delete from barograph_public.runs",
        "create table mine ()",
        "create table public.mine ()",
        "create temporary table mine ()",
        "create function barograph_public.mine() returns int language sql as 'select 1'",
        "create function pg_temp.mine() returns int language sql as 'select 1'",
        "create role mine",
        "set role barograph_api",
        "set session authorization postgres",
        "set session_replication_role = replica",
        "select lo_create(0)",
        "select lo_from_bytea(0, '')",
        "create schema mine",
        "create extension dblink",
        "alter role current_user createrole",
        "alter system set work_mem = '1GB'",
    ],
)
def test_a_role_may_not(powerless: Analyst, statement: str) -> None:
    analyst = powerless
    # What a session begins with is only a default.
    analyst.ask_nothing("set default_transaction_read_only = off")
    with pytest.raises(
        (
            errors.InsufficientPrivilege,
            errors.UndefinedFile,
            errors.ObjectNotInPrerequisiteState,
            errors.FeatureNotSupported,
        )
    ):
        analyst.ask_nothing(statement)


def test_a_role_reads_no_table_and_calls_no_function_that_tells(
    make_analyst: AnalystMaker, projects: list[Project]
) -> None:
    analyst = make_analyst(projects[0].public_id)
    readable = analyst.column(
        "select relname from pg_class where relkind in ('r', 'v', 'm', 'p', 'f')"
        " and has_table_privilege(oid, 'SELECT, INSERT, UPDATE, DELETE')"
        " and relnamespace = 'public'::regnamespace"
    )
    # Barriers like those above them, which a function above them needs.
    assert sorted(readable) == ["visible_block", "visible_reading"]
    chunks = analyst.column(
        "select count(*) from pg_class where relname ~ '^_hyper' and has_table_privilege(oid, 'SELECT')"
    )
    assert chunks == [0]
    # Those with the owner's rights, save two that look who asks.
    powerful = analyst.column(
        "select proname from pg_proc"
        " where pronamespace = any(array['public', 'barograph_public']::regnamespace[])"
        " and prosecdef and prorettype <> 'trigger'::regtype and has_function_privilege(oid, 'EXECUTE')"
        " order by proname"
    )
    assert powerful == ["bucket_now", "is_marked"]


def test_a_role_is_nobody_special_and_bounded(make_analyst: AnalystMaker, projects: list[Project]) -> None:
    analyst = make_analyst(projects[0].public_id)
    (row,) = analyst.ask(
        "select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolconnlimit,"
        " array(select roleid from pg_auth_members where member = pg_roles.oid) as groups"
        " from pg_roles where rolname = current_user"
    )
    assert list(row.values()) == [False, False, False, False, False, 10, []]
    shown = {
        name: analyst.column(f"show {name}")[0]
        for name in ("statement_timeout", "transaction_read_only", "timezone")
    }
    assert shown == {"statement_timeout": "1min", "transaction_read_only": "on", "timezone": "UTC"}


def test_a_role_that_is_removed_is_gone_with_its_sessions(
    database_url: str, make_analyst: AnalystMaker, projects: list[Project]
) -> None:
    analyst = make_analyst(projects[0].public_id)
    remove_sql_role(database_url, analyst.name)
    with pytest.raises(psycopg.OperationalError):  # ended, or not known any more
        analyst.ask("select * from projects")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(analyst.url)


def test_two_roles_at_once_see_each_their_own(database_url: str, projects: list[Project]) -> None:
    with analysts(database_url) as make:
        for project in projects:
            assert make(project.public_id).column("select project_id from projects") == [project.public_id]
