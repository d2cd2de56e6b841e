"""Statements of housekeeping, run as the worker runs them."""

from collections.abc import Mapping
from typing import Any

from backfill.housekeeping.jobs import run_statement
from barograph.database.connections import create_thread_pool
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.database.schema.program_roles import ProgramRole
from tests.programs import url_of


def run_now(database_url: str, name: str, parameters: Mapping[str, Any] | None = None) -> int:
    """How many rows it touched."""
    with create_thread_pool(url_of(ProgramRole.WORKER, database_url), 1, Role.HOUSEKEEPING) as pool:
        return run_statement(pool, query(name), parameters)
