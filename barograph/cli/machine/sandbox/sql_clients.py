"""Questions in SQL while rigs send, asked by pgbench as somebody with a log-in of `sql-role` would."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from barograph.cli.machine.sandbox.project import SandboxProject
from barograph.cli.machine.sandbox.shape import SandboxShape
from barograph.cli.verb import CommandRefused
from barograph.database.schema.sql_roles import SqlRoleSpec, make_sql_role, new_password
from barograph.local.supervisor.programs import PROJECT

ROLE = "sandbox"
CLIENTS = 2
SCRIPT = PROJECT / "sql" / "sandbox" / "questions.sql"
# Of a line of pgbench's log: the transaction's time from when it was due, in microseconds.
LATENCY_FIELD = 2


@dataclass(frozen=True)
class SqlLoad:
    """A run of pgbench, as a role that sees the sandbox's project alone."""

    words: Sequence[str | Path]
    environment: dict[str, str]


def prepare_sql(database_url: str, pgbench: Sequence[str | Path], project: SandboxProject) -> SqlLoad:
    """Makes the log-in."""
    password = new_password()
    make_sql_role(database_url, SqlRoleSpec(ROLE, [project.id]), password)
    where = conninfo_to_dict(database_url)
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PGHOST": str(where["host"]),
        "PGPORT": str(where["port"]),
        "PGDATABASE": str(where["dbname"]),
        "PGUSER": ROLE,
        "PGPASSWORD": password,
    }
    return SqlLoad(pgbench, environment)


def ask_in_sql(load: SqlLoad, shape: SandboxShape) -> list[float]:
    """Asks for as long as the rigs send; seconds that each transaction took, from when it was due.

    Raises:
        CommandRefused: pgbench failed.
    """
    if shape.sql_hz == 0:
        return []
    with tempfile.TemporaryDirectory() as folder:
        words = [*map(str, load.words), "--no-vacuum", "--file", str(SCRIPT), "--client", str(CLIENTS)]
        words += ["--time", str(round(shape.seconds)), "--rate", str(shape.sql_hz), "--log"]
        words += ["-D", f"rigs={shape.rigs}", "-D", f"sensors={shape.sensors}"]
        done = subprocess.run(  # a program of PostgreSQL's
            words, cwd=folder, env=load.environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise CommandRefused(f"pgbench failed: {done.stderr.strip()}")
        lines = [line for log in Path(folder).glob("pgbench_log.*") for line in log.read_text().splitlines()]
    return [int(line.split()[LATENCY_FIELD]) / 1e6 for line in lines]
