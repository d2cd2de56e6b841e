"""The commands of the operator's page, as it says them, against a real API and a worker."""

import json
import shlex
import threading
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from barograph.__main__ import main
from barograph.cli.progress import describe, duration
from tests.api.server import PASSWORD
from tests.backfill.recalibration.scene import Scene, assert_same, converted, samples

PAGE = Path(__file__).parents[3] / "docs" / "backfill.md"
NEW = {"coefficients": [0.5, 3, 0.25]}  # the page's
Run = Callable[..., str]


@pytest.fixture
def run(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Generator[Run]:
    """Runs a command; what it says."""
    monkeypatch.setenv("BAROGRAPH_API_URL", scene.server.url)
    monkeypatch.setenv("BAROGRAPH_EMAIL", scene.person.email)
    monkeypatch.setenv("BAROGRAPH_PASSWORD", PASSWORD)
    monkeypatch.setenv("BAROGRAPH_DATA_DIR", str(tmp_path))

    def run(*words: str) -> str:
        capsys.readouterr()
        code = main(words)
        said = capsys.readouterr()
        assert code == 0, said.err
        return said.out

    # The API and the worker are in this process, and would write their log among what is said.
    with capture_logs():
        yield run


@pytest.fixture
def worker(scene: Scene) -> Generator[None]:
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.05):
            scene.work()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()


def commands(after: str) -> list[list[str]]:
    """The page's commands below a heading."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {after}", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("barograph ")]
    return [shlex.split(line)[1:] for line in lines]


@pytest.mark.usefixtures("worker")
def test_the_operators_page_works_as_it_stands(scene: Scene, run: Run) -> None:
    for words in commands("Before you begin"):
        run(*words)
    assert run("sensor", "timeline", "stand-4", "p1", "--field", "number") == "1\n"
    run("project", "change", "stand-4", "--name", "as the page makes it")
    scene.person.patch(f"/projects/{scene.project.public_id}", {"name": "stand-4"})
    scene.person.patch(f"/sensors/{scene.sensors['s0']}", {"key": "p1"})
    scene.store(*samples(1, 3000))
    before = scene.readings()
    (save,) = commands("1.")
    assert "polynomial" in run(*save)
    plan, dry_run = commands("2.")
    assert json.loads(run(*plan, "--json"))["readings_total"] == 3000
    (_, _, estimate, heading, row) = run(*dry_run).splitlines()
    assert estimate.startswith("estimated: ")
    assert heading.split()[:3] == ["KEY", "READINGS", "CHANGED"]
    assert row.split()[:2] == ["p1", "3000"]
    assert_same(scene.readings(), before)
    start, list_them, watch = commands("3.")
    started = json.loads(run(*start, "--json"))
    assert (started["status"], started["readings_done"]) == ("finished", 3000)
    after = scene.readings()
    np.testing.assert_array_equal(after.physical, converted("polynomial", NEW, after.raw))
    identity = started["id"]
    assert identity in run(*list_them)
    assert "finished" in run(*named(watch, identity))
    (undo,) = commands("5.")
    assert json.loads(run(*named(undo, identity), "--json"))["status"] == "undone"
    assert_same(scene.readings(), before)


def test_the_page_stops_a_backfill(scene: Scene, run: Run) -> None:
    scene.store(*samples(1, 3000))
    identity = scene.ask()["id"]
    statuses = [json.loads(run(*named(each, identity), "--json"))["status"] for each in commands("4.")]
    assert statuses == ["paused", "planned", "cancelled"]


def named(words: list[str], identity: str) -> list[str]:
    return [identity if word == "ID" else word for word in words]


def test_progress_is_told_in_one_line() -> None:
    item = {
        "status": "running",
        "readings_done": 250_000,
        "readings_total": 1_000_000,
        "rate": 125_000.4,
        "eta_s": 6.0,
    }
    bar = "#" * 7 + "." * 23
    assert describe(item) == f"running    [{bar}]  25%  250,000 of 1,000,000 readings  125,000/s  6 s left"
    nothing = item | {
        "status": "planned",
        "readings_done": 0,
        "readings_total": 0,
        "rate": None,
        "eta_s": None,
    }
    assert describe(nothing) == f"planned    [{'.' * 30}]   0%  0 of 0 readings"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (99, "99 s"), (720, "12 min"), (11_100, "3 h 5 min")]
)
def test_durations_are_told_as_people_do(seconds: float, said: str) -> None:
    assert duration(seconds) == said
