"""`python -m tools.release [--tag]`: keeps what a release promises in `docs/releases/<version>`.

    openapi.json, asyncapi*.yaml     what clients of it use
    queries/                         its statements, which the schema of later releases must understand
    schema.sql                       its schema, made by its migrations and views
    release.json                     version, commit, its migrations, and which statements are parts of others

The version is the one in `pyproject.toml`. What is kept is never changed: later tests hold later code to it.

Why: decision 861.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from psycopg.pq import ExecStatus

from barograph.database.connections import open_connection
from barograph.database.queries import SQL_DIR, load_queries
from barograph.database.roles import Role
from barograph.database.schema.migrations import migrate
from barograph.local.plain_ending import end_plainly
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.account import choose_account
from barograph.local.servers.cluster import prepare_cluster
from barograph.local.servers.executables import Executables, find_executables
from barograph.local.servers.service import running
from barograph.local.shell import of_servers

ROOT = Path(__file__).parent.parent
RELEASES = ROOT / "docs" / "releases"
PLACEHOLDER = re.compile(r"%\((\w+)\)s|%s")


def main() -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description="Keep a release.")
    parser.add_argument(
        "--tag", action="store_true", help="also tag the commit in this clone, and push nothing"
    )
    wanted = parser.parse_args()
    return end_plainly(lambda: keep_release(is_tagged=wanted.tag))


def keep_release(*, is_tagged: bool) -> None:
    """Keeps the present version, and tags the commit that was kept.

    Raises:
        SetUpRefused: that version is kept already, or something is not committed.
    """
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    folder = RELEASES / version
    if folder.exists():
        raise SetUpRefused(f"{folder.relative_to(ROOT)} is kept already: raise the version in pyproject.toml")
    subprocess.run([sys.executable, "-m", "api.freeze"], cwd=ROOT, check=True)
    if _git("status", "--porcelain"):
        raise SetUpRefused("commit first: a release is a commit, and its documents are those of its code")
    commit = _git("rev-parse", "HEAD")
    with TemporaryDirectory(prefix="release-") as scratch:
        _fill(Path(scratch), version, commit)
        shutil.copytree(scratch, folder)
    sys.stdout.write(f"Kept {version}, commit {commit}, in {folder.relative_to(ROOT)}: commit it\n")
    if is_tagged:
        _git("tag", "--annotate", f"v{version}", commit, "--message", f"Barograph {version}")
        sys.stdout.write(f"Tagged v{version}; `git push origin v{version}` publishes it\n")


def numbered(statement: str) -> bytes:
    """A statement as the server gets it: placeholders $1, $2, … in place of the driver's."""
    numbers: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        name = match[1] or f"#{len(numbers)}"
        return f"${numbers.setdefault(name, len(numbers) + 1)}"

    return PLACEHOLDER.sub(number, statement).replace("%%", "%").encode()


def not_understood(database_url: str, folder: Path) -> dict[str, str]:
    """The statements of this folder that the database does not take, and what it says of each."""
    refused: dict[str, str] = {}
    with open_connection(database_url, Role.SETUP) as connection:
        for name, text in load_queries(folder).items():
            result = connection.pgconn.prepare(b"", numbered(text))
            if result.status != ExecStatus.COMMAND_OK:
                refused[name] = result.error_message.decode()
    return refused


def _fill(folder: Path, version: str, commit: str) -> None:
    docs = ROOT / "docs"
    for path in (docs / "openapi.json", *sorted(docs.glob("asyncapi*.yaml"))):
        shutil.copy(path, folder)
    shutil.copytree(SQL_DIR / "queries", folder / "queries")
    executables = find_executables(ROOT / ".services")
    with _scratch_database(executables) as url:
        migrate(url)
        (folder / "schema.sql").write_text(_dump(executables, url))
        parts = sorted(not_understood(url, folder / "queries"))
    release: dict[str, Any] = {
        "version": version,
        "commit": commit,
        "migrations": sorted(path.name for path in (SQL_DIR / "migrations").glob("*.sql")),
        "parts_of_statements": parts,
    }
    (folder / "release.json").write_text(json.dumps(release, indent=1) + "\n")


@contextmanager
def _scratch_database(executables: Executables) -> Generator[str]:
    """The URL of an empty database on a server of its own."""
    with TemporaryDirectory(prefix="release-") as folder:
        account = choose_account(ROOT, [Path(folder), executables.postgres.parent])
        cluster = prepare_cluster(Path(folder) / "postgres", executables, account)
        with running(cluster.service, Path(folder) / "postgres.log") as server:
            cluster.create_database()
            yield server.url


def _dump(executables: Executables, url: str) -> str:
    """The schema as `pg_dump` writes it, without what depends on who wrote it."""
    words = ["--schema-only", "--no-owner", "--no-privileges", "--no-comments", "--schema=public", url]
    dumped = subprocess.run(
        [*executables.tool("pg_dump"), *words],
        check=True,
        capture_output=True,
        text=True,
        env=of_servers({}),
    ).stdout
    return re.sub(r"^\\(?:un)?restrict .*\n", "", dumped, flags=re.MULTILINE)


def _git(*words: str) -> str:
    """Runs git; returns its output.

    Raises:
        SetUpRefused: it refuses.
    """
    said = subprocess.run(["git", *words], check=False, cwd=ROOT, capture_output=True, text=True)
    if said.returncode:
        raise SetUpRefused(f"git {words[0]}: {said.stderr.strip()}")
    return said.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
