"""`import` and `imports`."""

from collections.abc import Generator
from pathlib import Path
from uuid import uuid4

import pytest

from barograph.cli.resources.files import pieces
from tests.api.server import Server
from tests.barograph.cli.conftest import Run
from tests.programs import Program, running
from tests.servers.faulty_gateway import ask_twice, faulty_gateway, lose_answer, refuse

ROWS = 30_000
CSV = "Zeit;Druck\n01.02.2015 12:00:00;1,5\n01.02.2015 12:00:01;2,5\nmorgen;3\n"


@pytest.fixture
def project(run: Run) -> str:
    """A project's name; it has a sensor p that takes kPa."""
    name = run("project", "create", str(uuid4())[:13], "--field", "name").out.strip()
    run("sensor", "create", name, "p", "--input-unit", "kPa")
    return name


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "old.csv"
    path.write_text(CSV)
    return path


@pytest.fixture
def worker(server: Server, redis_url: str, tmp_path: Path) -> Generator[Program]:
    environment = {"BAROGRAPH_REDIS_URL": redis_url, "BAROGRAPH_DATA_DIR": str(server.data_dir)}
    with running("backfill", server.database_url, tmp_path / "worker.log", environment) as program:
        yield program


def test_a_preview_says_how_the_file_would_be_read(run: Run, project: str, file: Path) -> None:
    said = run("import", str(file), "--project", project, "--preview")
    assert said.code == 0, said.err
    assert "1    Druck   2015-02-01T12:00:00.000000Z  1.5" in said.out
    assert "Row 3, Zeit: bad-time: morgen" in said.out
    assert "The project has no sensor Druck." in said.out
    assert '"decimal_comma": true' in said.out
    assert run("imports", "list", project, "--field", "status").out == "cancelled\n"


@pytest.mark.usefixtures("worker")
def test_a_file_is_read_in_with_its_zone_and_unit(run: Run, project: str, file: Path) -> None:
    words = ("--zone", "Europe/Berlin", "--sensor", "Druck=p", "--unit", "p=bar")
    said = run("import", str(file), "--project", project, *words, "--json")
    assert "Row 3, Zeit: bad-time: morgen" in said.err
    ended = said.item
    assert (ended["status"], ended["accepted"], ended["unreadable"]) == ("finished", 2, {"bad-time": 1})
    assert (ended["how"]["time"]["zone"], ended["how"]["units"]) == ("Europe/Berlin", {"p": "bar"})
    again = run("import", str(file), "--project", project, *words)
    assert again.code == 1
    assert "has read in the same file" in again.err
    assert run("imports", "watch", ended["id"], "--field", "status").out == "finished\n"


@pytest.mark.usefixtures("worker")
def test_an_upload_that_broke_off_goes_on(
    run: Run, server: Server, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "PIECE_BYTES", 100_000)
    monkeypatch.setattr(pieces, "PAUSE_S", 0.01)
    path = tmp_path / "long.csv"
    rows = "".join(f"{1_420_000_000 + i},{i}\n" for i in range(ROWS))
    path.write_text(f"time,p\n{rows}")
    assert path.stat().st_size > 3 * pieces.PIECE_BYTES
    with faulty_gateway(server.url) as gateway, monkeypatch.context() as patch:
        patch.setenv("BAROGRAPH_API_URL", gateway.url)
        gateway.faults += [("/content", fail) for fail in (refuse, ask_twice, lose_answer)]
        run("import", str(path), "--project", project, "--how", "nonsense")
        assert gateway.faults == []
    assert run("imports", "list", project, "--field", "status").out == "ready\n"
    ended = run("import", str(path), "--project", project, "--json").item
    assert (ended["status"], ended["accepted"]) == ("finished", ROWS)
    assert len(run("imports", "list", project, "--field", "id").out.split()) == 1


def test_a_file_with_two_readings_of_its_dates_is_asked_about(run: Run, project: str, tmp_path: Path) -> None:
    path = tmp_path / "us.csv"
    path.write_text("time,p\n03/04/2026 00:00,1\n")
    words = ("import", str(path), "--project", project)
    refused = run(*words)
    assert refused.code != 0
    assert "--time '%d/%m/%Y %H:%M' or '%m/%d/%Y %H:%M'" in refused.err
    said = run(*words, "--preview", "--time", "%m/%d/%Y %H:%M")
    assert "2026-03-04T00:00:00.000000Z" in said.out


@pytest.mark.usefixtures("worker")
def test_nothing_stored_is_no_success(run: Run, project: str, tmp_path: Path) -> None:
    path = tmp_path / "unknown.csv"
    path.write_text("time,nobody\n2015-01-01T00:00:00Z,1\n")
    words = ("import", str(path), "--project", project)
    refused = run(*words)
    assert refused.code != 0
    assert "no sensor 'nobody'" in refused.err
    ended = run(*words, "--allow-rejects")
    assert ended.code == 1
    assert "No reading was stored: 1 unknown-sensor." in ended.err
    failed = run("import", "list", project, "--field", "id").out.split()[0]
    watched = run("import", "watch", failed)
    assert watched.code == 1
    assert "No reading was stored" in watched.err
    assert run("import", "lst", "--project", project).err == "There is no file lst. Did you mean 'list'?\n"
