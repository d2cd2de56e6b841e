"""Exports as files: asked for over the API, made by the worker's job, and downloaded."""

import hashlib
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from backfill.exports.work import Exporter, remove_files, work_on_exports
from barograph.database.queries import query
from barograph.database.schema.program_roles import ProgramRole
from barograph.exports.kept_files import KeptExport
from barograph.program.http import http_protocol, zero_copy
from barograph.times import format_us, now_us
from tests.api.exports.reading import table_of
from tests.api.server import PREFIX, Person, Server, serving
from tests.api.stored import Stored, store
from tests.programs import running, url_of
from tests.waiting import wait_until

START_US = now_us() // 10**6 * 10**6 - 3600 * 10**6


@dataclass(frozen=True)
class Works:
    """An API, and what its worker makes exports with."""

    server: Server
    person: Person
    project: str
    sensor: str
    folder: Path

    @property
    def exporter(self) -> Exporter:
        return Exporter(url_of(ProgramRole.WORKER, self.server.database_url), self.folder / "exports", 0)

    def ask(self, **fields: object) -> dict[str, Any]:
        body = {"sensor": [self.sensor], "layer": "raw", "from": format_us(START_US - 10**6)} | fields
        return self.person.made(f"/projects/{self.project}/exports", body)

    def finished(self, **fields: object) -> dict[str, Any]:
        made = self.ask(**fields)
        work_on_exports(self.exporter)
        return self.person.read(f"/exports/{made['id']}")

    def content(self, export: dict[str, Any], **headers: str) -> httpx.Response:
        return self.person.client.get(f"{PREFIX}/exports/{export['id']}/content", headers=headers)

    def events(self) -> list[dict[str, Any]]:
        return self.person.read(f"/projects/{self.project}/events", type="export.finished")["items"]


@pytest.fixture
def works(database_url: str, tmp_path: Path) -> Generator[Works]:
    with serving(database_url, data_dir=tmp_path) as server:
        person = server.person("exporter@example.org")
        project = person.made("/projects", {"name": "p"})["id"]
        sensor = person.made(f"/projects/{project}/sensors", {"key": "p1"})["id"]
        store(database_url, sensor, [Stored(START_US + n, n / 3) for n in range(1000)])
        yield Works(server, person, project, sensor, tmp_path)
        person.client.close()


def test_a_file_is_made_and_downloaded_whole_or_in_parts(works: Works) -> None:
    asked = works.ask(sensor=["p1"])
    assert asked["status"] == "waiting"
    assert works.content(asked).status_code == 409
    work_on_exports(works.exporter)
    export = works.person.read(f"/exports/{asked['id']}")
    assert (export["status"], export["rows_done"], export["rows_total"]) == ("finished", 1000, 1000)
    whole = works.content(export)
    assert hashlib.sha256(whole.content).hexdigest() == export["sha256"]
    assert len(whole.content) == export["size_bytes"]
    assert table_of(whole.content, "parquet")["raw"].to_list() == [n / 3 for n in range(1000)]
    assert whole.headers["content-disposition"] == f'attachment; filename="export-{export["id"]}.parquet"'
    etag = whole.headers["etag"]
    rest = works.content(export, Range="bytes=100-", **{"If-Range": etag})
    assert (rest.status_code, rest.content) == (206, whole.content[100:])
    other = works.content(export, Range="bytes=100-", **{"If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, whole.content)
    assert works.content(export, Range=f"bytes={len(whole.content)}-").status_code == 416
    assert works.content(export, **{"If-None-Match": etag}).status_code == 304
    assert [each["data"]["export"] for each in works.events()] == [export["id"]]
    assert [each["id"] for each in works.person.read(f"/projects/{works.project}/exports")["items"]] == [
        export["id"]
    ]


def test_a_file_is_sent_by_the_system(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []

    async def noted(connection: Any, file: Any, offset: int, count: int, stall_s: float) -> bool:  # noqa: ANN401
        sent.append(count)
        return await zero_copy.send_file(connection, file, offset, count, stall_s)

    monkeypatch.setattr(http_protocol, "send_file", noted)
    export = works.finished()
    assert len(works.content(export).content) == export["size_bytes"]
    assert works.content(export, Range="bytes=0-9").status_code == 206
    assert sent == [export["size_bytes"], 10]


def test_where_the_system_can_t_a_file_is_read(works: Works) -> None:
    export = works.finished()
    kept = KeptExport(works.exporter.folder, UUID(export["id"]), export["sha256"])
    whole = works.content(export).content
    assert b"".join(kept.read(0, len(whole))) == whole
    assert b"".join(kept.read(7, 99)) == whole[7:99]


def test_a_file_that_is_gone_is_said(works: Works) -> None:
    export = works.finished()
    (works.exporter.folder / file_name(export)).unlink()
    assert works.content(export).status_code == 409


def test_what_is_cancelled_is_not_made(works: Works) -> None:
    asked = works.ask()
    assert works.person.made(f"/exports/{asked['id']}:cancel")["status"] == "cancelled"
    work_on_exports(works.exporter)
    assert works.person.read(f"/exports/{asked['id']}")["status"] == "cancelled"
    assert works.person.post(f"/exports/{asked['id']}:cancel").status_code == 409


def test_a_full_disk_is_said(works: Works) -> None:
    asked = works.ask()
    work_on_exports(Exporter(works.exporter.database_url, works.exporter.folder, 2**62))
    export = works.person.read(f"/exports/{asked['id']}")
    assert export["status"] == "failed"
    assert export["failure"].startswith("the disk is full")
    assert list(works.exporter.folder.iterdir()) == []
    assert [each["data"]["status"] for each in works.events()] == ["failed"]


def test_a_file_that_can_t_be_written_is_said(works: Works) -> None:
    asked = works.ask()
    works.exporter.folder.write_text("no folder")
    work_on_exports(works.exporter)
    export = works.person.read(f"/exports/{asked['id']}")
    assert export["status"] == "failed"
    assert export["failure"].startswith("the file can't be written")


def test_a_project_has_so_many_exports_that_wait(works: Works) -> None:
    for _ in range(10):
        works.ask()
    body = {"sensor": [works.sensor]}
    assert works.person.post(f"/projects/{works.project}/exports", body).status_code == 409


def test_viewers_get_no_raw_values_and_cancel_their_own_alone(works: Works) -> None:
    works.person.patch(f"/projects/{works.project}", {"raw_access": "editors"})
    raw, open_one = works.finished(), works.ask()
    viewer = works.server.person("viewer@example.org")
    viewer.join(works.person, works.project, "viewer")
    assert viewer.get(f"/exports/{raw['id']}/content").status_code == 403
    body = {"sensor": [works.sensor], "layer": "both"}
    assert viewer.post(f"/projects/{works.project}/exports", body).status_code == 403
    own = viewer.made(f"/projects/{works.project}/exports", body | {"layer": "physical"})
    assert viewer.post(f"/exports/{open_one['id']}:cancel").status_code == 403
    assert viewer.made(f"/exports/{own['id']}:cancel")["status"] == "cancelled"
    viewer.client.close()


def test_files_go_when_their_time_is_over(works: Works) -> None:
    old, new = works.finished(), works.finished()
    for each in (old, new):
        (works.exporter.folder / f"{each['id']}.2.part").write_text("left by a worker that died")
    with psycopg.connect(works.server.database_url) as connection:
        connection.execute(
            "update export set ended_at = now() - interval '8 days' where public_id = %s", (old["id"],)
        )
        connection.execute(query("housekeeping.expire_exports"), {"export_keep_days": 7})
    remove_files(works.exporter)
    assert [path.name for path in works.exporter.folder.iterdir()] == [file_name(new)]
    assert works.content(old).status_code == 404


def file_name(export: dict[str, Any]) -> str:
    return f"{export['id']}.{export['sha256']}"


def test_a_worker_that_is_killed_leaves_its_export_to_another(
    works: Works, redis_url: str, tmp_path: Path
) -> None:
    environment = {"BAROGRAPH_REDIS_URL": redis_url, "BAROGRAPH_DATA_DIR": str(works.folder)}
    with psycopg.connect(works.server.database_url) as connection:
        # Nobody reads the sensors' versions meanwhile: the worker waits in the middle of its work.
        connection.execute("lock table profile_validity in access exclusive mode")
        asked = works.ask()
        path = f"/exports/{asked['id']}"
        log = tmp_path / "log"
        with running("backfill", works.server.database_url, log, environment) as worker:
            part = works.exporter.folder / f"{asked['id']}.1.part"
            wait_until(lambda: works.person.read(path)["status"] == "running" and part.exists())
            worker.kill()
            assert works.content(asked).status_code == 409
            connection.rollback()
            worker.start()
            wait_until(lambda: works.person.read(path)["status"] != "running")
    export = works.person.read(path)
    assert export["status"] == "finished"
    content = works.content(export).content
    assert hashlib.sha256(content).hexdigest() == export["sha256"]
    assert table_of(content, "parquet").height == 1000
    remove_files(works.exporter)
    assert [file.name for file in works.exporter.folder.iterdir()] == [file_name(export)]
