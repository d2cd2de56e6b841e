"""`migrate` changes every view while somebody reads them all for minutes: nobody gets a 5xx."""

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from barograph.database.queries import SQL_DIR
from tests.api.server import SIGNING_KEY, Server
from tests.ingest.database import ask
from tests.ingest.flock import Flock, Recording, last_seqs
from tests.programs import ROOT, running
from tests.seed import Profile, seed_project
from tests.upgrades.questions import Questioners
from tests.upgrades.test_previous_code import environment, member_token, questions

MIGRATE_WITHIN_S = 300
VIEW = re.compile(r"^(create or replace view (?:\w+\.)?\w+)", re.MULTILINE)


@pytest.mark.parametrize(
    ("read_s", "pause_s"),
    [(2.0, 0.2), pytest.param(300.0, 3.0, marks=[pytest.mark.nightly, pytest.mark.timeout(1200)])],
)
def test_nobody_gets_a_5xx(
    read_s: float, pause_s: float, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    code = changed_release(tmp_path / "code", pause_s)
    began_at = ask(database_url, "select now()")[0][0]
    own = {"BAROGRAPH_SIGNING_KEY": SIGNING_KEY}
    recording = Recording(seed_project(database_url, 8, [Profile("linear", {"slope": 2, "offset": 1})]))
    with (
        running("api", database_url, tmp_path / "api.log", own) as api,
        running("ingest", database_url, tmp_path / "ingest.log") as ingest,
    ):
        server = Server(api.url, database_url)
        token = member_token(server, recording.project)
        asked = questions(server, token, recording.project)
        with Questioners(asked, token) as people, Flock(recording, ingest.socket_url, producers=2) as flock:
            people.ask(api.url)
            with reading_every_view(database_url, read_s):
                tries = migrate_as_operators_do(code, database_url, redis_url)
    assert tries >= 1
    assert people.failures == []
    assert set(people.statuses) == {200}
    assert people.statuses[200] > len(asked)
    recording.check(database_url, last_seqs(database_url, recording.project))
    assert flock.sent
    changed = sum(len(VIEW.findall(path.read_text())) for path in (SQL_DIR / "views").glob("*.sql"))
    made = ask(database_url, "select count(*) from view_ledger where made_at > %s", began_at)[0][0]
    assert made >= changed > 0


def changed_release(folder: Path, pause_s: float) -> Path:
    """Code whose views all differ from ours, in words that mean the same, and that tries so often."""
    for name in ("barograph", "conversion", "sql"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (folder / "sql" / "views").glob("*.sql"):
        path.write_text(VIEW.sub(r"\1 /* again */", path.read_text()))
    migrations = folder / "barograph" / "database" / "schema" / "migrations.py"
    text = migrations.read_text()
    assert "PAUSE_S = 3.0\n" in text
    migrations.write_text(text.replace("PAUSE_S = 3.0\n", f"PAUSE_S = {pause_s}\n"))
    return folder


@contextmanager
def reading_every_view(database_url: str, read_s: float) -> Generator[None]:
    """Somebody's transaction has read them all, and stays open so long, or until nobody minds."""
    with psycopg.connect(database_url) as connection:
        names = connection.execute(
            "select table_schema, table_name from information_schema.views"
            " where table_schema in ('public', 'barograph_public')"
        ).fetchall()
        for schema, name in names:
            statement = SQL("select * from {}.{} limit 1").format(Identifier(schema), Identifier(name))
            connection.execute(statement)
        letting_go = threading.Timer(read_s, connection.rollback)
        letting_go.start()
        try:
            yield
        finally:
            letting_go.cancel()
            letting_go.join()


def migrate_as_operators_do(code: Path, database_url: str, redis_url: str) -> int:
    """Again and again, while it says what it could not lock; how often."""
    for tries in range(1, 10):
        done = subprocess.run(
            [sys.executable, "-m", "barograph", "migrate"],
            cwd=code,
            env=environment(database_url, redis_url),
            capture_output=True,
            text=True,
            timeout=MIGRATE_WITHIN_S,
        )
        if done.returncode == 0:
            return tries
        assert "can't be applied: somebody uses what it must lock" in done.stderr + done.stdout
    pytest.fail("it never got its locks")
