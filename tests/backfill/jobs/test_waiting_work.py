"""The scheduler's look at what is left to do."""

from contextlib import closing

from backfill.jobs.waiting_work import WaitingWork
from barograph.database.connections import create_thread_pool
from barograph.database.roles import Role
from barograph.database.schema.program_roles import ProgramRole
from tests.programs import url_of

PLANNED = (
    "select generic_plans + custom_plans as uses from pg_prepared_statements"
    " where statement like '%as windows%'"
)


def test_the_server_keeps_the_plan_of_the_look(database_url: str) -> None:
    pool = create_thread_pool(url_of(ProgramRole.WORKER, database_url), 1, Role.SCHEDULE)
    with closing(pool):
        pool.open()
        waiting = WaitingWork(pool, max_windows=10, fold_grace_s=10, keep_s=0)
        assert [waiting.count("windows") for _ in range(8)] == [0] * 8
        with pool.connection() as connection:
            (row,) = connection.execute(PLANNED).fetchall()
    assert row["uses"] >= 7
