"""Undoing imports over the API: when it may be asked for, and what it tells."""

from collections.abc import Generator
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from backfill.imports.undo import work_on_undos
from backfill.imports.work import Importer, work_on_imports
from barograph.catalog.catalog import CatalogCache
from tests.api.imports.test_imports import ALLOWED, HOW, uploaded
from tests.api.server import Person, serving
from tests.backfill.imports.uploaded import fetched

CSV = b"sensor,time,value\np,2015-01-01T00:00:00Z,1.5\np,2015-01-02T00:00:00Z,2\n"


class ImportScene:
    """A project with a sensor, and a worker that works when it is told to."""

    def __init__(self, database_url: str, person: Person, importer: Importer) -> None:
        self.database_url, self.person, self.importer = database_url, person, importer
        self.project: str = person.made("/projects", {"name": "imports"})["id"]
        person.made(f"/projects/{self.project}/sensors", {"key": "p"})

    def begun(self) -> str:
        imported = uploaded(self.person, self.project, CSV)
        self.person.made(f"/imports/{imported}:start", {"how": HOW, **ALLOWED})
        return imported

    def read_in(self) -> str:
        imported = self.begun()
        work_on_imports(self.importer)
        assert self.person.read(f"/imports/{imported}")["accepted"] == 2
        return imported

    def undo(self, imported: str) -> tuple[int, str]:
        answer = self.person.post(f"/imports/{imported}:undo")
        return answer.status_code, answer.json()["status" if answer.is_success else "detail"]

    def work(self) -> None:
        work_on_undos(self.importer.database_url, self.importer.catalogs)

    def run(self, statement: LiteralString) -> None:
        with psycopg.connect(self.database_url) as connection:
            connection.execute(statement)


@pytest.fixture
def imports(database_url: str, tmp_path: Path) -> Generator[ImportScene]:
    catalogs = CatalogCache(database_url)
    catalogs.open()
    with serving(database_url, data_dir=tmp_path) as server:
        person = server.person("ops@example.org", is_admin=True)
        yield ImportScene(database_url, person, Importer(database_url, catalogs, tmp_path / "imports"))
        person.client.close()
    catalogs.close()


def test_an_import_is_undone_once_and_may_be_read_in_again(imports: ImportScene) -> None:
    imported = imports.read_in()
    assert imports.undo(imported) == (202, "undoing")
    assert imports.undo(imported) == (202, "undoing")
    imports.work()
    item = imports.person.read(f"/imports/{imported}")
    assert (item["status"], item["accepted"], item["removed"]) == ("undone", 2, 2)
    assert item["undone_at"] > item["ended_at"]
    assert imports.undo(imported) == (202, "undone")
    for action in ("pause", "resume", "cancel", "start"):
        body = {"how": HOW} if action == "start" else None
        assert imports.person.post(f"/imports/{imported}:{action}", body).status_code == 409
    entries = imports.person.read(f"/projects/{imports.project}/audit", subject=imported)["items"]
    assert [each["action"] for each in entries].count("import.undo") == 1
    assert entries[0]["before"] == {"status": "finished"}
    assert entries[0]["after"] == {"status": "undoing"}
    again = imports.read_in()
    assert imports.person.read(f"/imports/{again}")["status"] == "finished"
    told = "select payload->>'status' from event where kind like 'import.%'"
    assert fetched(imports.database_url, told) == [("finished",), ("finished",)]


def test_what_has_not_ended_is_not_undone(imports: ImportScene) -> None:
    ready = uploaded(imports.person, imports.project, CSV)
    assert imports.undo(ready) == (409, "an import that is ready can't be undone; cancel it first")
    running = imports.begun()
    assert imports.undo(running) == (409, "an import that is running can't be undone; cancel it first")
    imports.person.made(f"/imports/{running}:cancel")
    assert imports.undo(running) == (409, "the import has stored nothing that could be undone")


def test_without_its_record_an_import_is_not_undone(imports: ImportScene) -> None:
    imported = imports.read_in()
    imports.run("delete from import_stored")
    status, detail = imports.undo(imported)
    assert (status, detail.partition(":")[0]) == (
        409,
        "what the import has stored is not on record any more",
    )
    assert "30 days" in detail


def test_where_readings_are_not_kept_any_more_an_import_is_not_undone(imports: ImportScene) -> None:
    imported = imports.read_in()
    imports.run("update project set raw_from = '2015-01-02T00:00:00Z'")
    status, detail = imports.undo(imported)
    assert status == 409
    assert "the project keeps none from before 2015-01-02T00:00:00" in detail
    imports.run("update project set raw_from = '2015-01-01T00:00:00Z'")
    assert imports.undo(imported) == (202, "undoing")
