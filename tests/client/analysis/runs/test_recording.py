"""A script that records itself: its run has what it did, and ends as it ended."""

import math
import os
import signal
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from barograph_client import Client, MetricsUnsaved, NothingThere, StateConflict
from barograph_client.analysis.runs.recording import RecordedRun

from barograph.times import now_us
from tests.client.analysis.conftest import Bench
from tests.programs import ROOT


def history(client: Client, path: str) -> list[tuple[str, str | None]]:
    """Each status with its reason, oldest first."""
    items = client._scope.api.items(f"{path}/history")  # pyright: ignore[reportPrivateUsage]
    return [(item["to"], item["reason"]) for item in items][::-1]


def test_a_run_records_itself(bench: Bench, client: Client) -> None:
    with client.run(
        "Hot fire", params={"injector": "B", "thrust_kn": np.float64(12.5)}, tags=["nozzle"]
    ) as run:
        with run.capture(sensors=["s0"], notes="first") as capture:
            bench.store.commit([(0, now_us(), 4.5)])
            run.log({"loss": 0.5, "accuracy": np.float32(0.25)}, step=3)
        run.log({"loss": 0.25})
        run.set_params({"nozzle": "long"})
        run.note("smooth start")
        run.add_tags("good")
        run.annotate("ignition", tags=["ignition"], sensors=["s0"])
    info = client.get_run(run.id)
    assert info.status == "finished"
    assert info.params == {"injector": "B", "thrust_kn": 12.5, "nozzle": "long"}
    assert (info.tags, info.notes) == (["nozzle", "good"], "smooth start")
    assert client.get_experiment("hot fire").id == info.experiment_id
    session = client.capture_sessions(run).one()
    assert (session.id, session.status, session.notes) == (capture.id, "succeeded", "first")
    assert client.readings(capture_session=session)["physical"].to_list() == [100.0]
    points = client.metrics(run)
    assert set(points.select("name", "step", "value").iter_rows()) == {
        ("loss", 3, 0.5),
        ("accuracy", 3, 0.25),
        ("loss", 4, 0.25),
    }
    assert client.annotations(run=run).one().text == "ignition"


def test_a_run_belongs_to_the_experiment_that_is_named(client: Client) -> None:
    experiment = client.add_experiment("Cold flow")
    with client.run("1", "cold FLOW") as first, client.run("2", experiment) as second:
        pass
    found = client.runs("Cold flow", sort="name")
    assert [each.id for each in found] == [first.id, second.id]
    with pytest.raises(NothingThere, match="Hot flow"):
        client.run("3", "Hot flow", create_experiment=False)


def fail_inside_two_captures(run: RecordedRun) -> None:
    with run, run.capture(sensors=["s0"]):
        run.log({"loss": 1.0})
        with run.capture(sensors=["s1"]):
            _ = 1 / 0


def test_an_exception_fails_the_run_and_its_captures_with_its_text(client: Client) -> None:
    run = client.run("Hot fire")
    with pytest.raises(ZeroDivisionError):
        fail_inside_two_captures(run)
    why = "ZeroDivisionError: division by zero"
    assert history(client, f"/runs/{run.id}") == [("running", None), ("failed", why)]
    captures = list(client.capture_sessions(run))
    assert len(captures) == 2
    for capture in captures:
        assert history(client, f"/capture-sessions/{capture.id}")[-1] == ("failed", why)
    assert len(client.metrics(run)) == 1


def exit_well(run: RecordedRun) -> None:
    with run:
        run.capture(sensors=["s0"]).start()
        sys.exit(0)


def test_a_run_ends_well_by_exit_0_and_ends_captures_that_are_open(client: Client) -> None:
    run = client.run("Hot fire")
    with pytest.raises(SystemExit):
        exit_well(run)
    assert client.get_run(run).status == "finished"
    assert client.capture_sessions(run).one().status == "succeeded"


def test_a_run_that_somebody_else_ended_is_left_alone(client: Client) -> None:
    with client.run("Hot fire") as run, run.capture() as capture:
        client._scope.api.post(f"/capture-sessions/{capture.id}:stop", {"status": "failed"})  # pyright: ignore[reportPrivateUsage]
        client._scope.api.patch(f"/runs/{run.id}", {"status": "finished"})  # pyright: ignore[reportPrivateUsage]
    assert client.get_run(run).status == "finished"
    with pytest.raises(StateConflict):
        run.fail("too late")


def test_a_run_goes_on_where_its_script_was_cut_off(client: Client) -> None:
    cut = client.run("Hot fire", params={"injector": "B"}).start()
    cut.capture(sensors=["s0"]).start()
    cut.log({"loss": [0.5, 0.25]})
    with client.resume(cut.id) as run:
        assert (run.id, run.name) == (cut.id, "Hot fire")
        run.log({"loss": 0.125, "accuracy": 1.0})
        run.set_params(nozzle="long")
    assert client.capture_sessions(run).one().status == "succeeded"
    info = client.get_run(run)
    assert (info.status, info.params) == ("finished", {"injector": "B", "nozzle": "long"})
    assert client.metrics(run, "loss")["value"].to_list() == [0.5, 0.25, 0.125]
    with pytest.raises(ValueError, match=r"Hot fire is finished, and does not go on"):
        client.resume(run)


def test_a_draft_is_started_by_going_on_with_it(client: Client) -> None:
    path = f"/experiments/{client.add_experiment('Planned').id}/runs"
    draft = client._scope.api.create(path, {"name": "1"})  # pyright: ignore[reportPrivateUsage]
    with client.resume(draft["id"]):
        assert client.get_run(draft["id"]).status == "running"
    assert client.get_run(draft["id"]).status == "finished"


def test_what_is_known_of_a_run_that_has_ended_may_change(client: Client) -> None:
    with client.run("Hot fire", params={"injector": "B", "wrong": 1}, tags="may") as run:
        pass
    changed = client.change_run(
        run, params={"nozzle": np.float64(2.5), "wrong": None}, add_tags=["best"], notes="the best of May"
    )
    assert changed == client.get_run(run)
    assert (changed.params, changed.tags) == ({"injector": "B", "nozzle": 2.5}, ["may", "best"])
    assert (changed.status, changed.notes, changed.name) == ("finished", "the best of May", "Hot fire")


def test_another_value_of_a_step_is_told_and_nothing_else_is_lost(client: Client) -> None:
    run = client.run("Hot fire").start()
    run.log({"loss": [0.5, 0.25, 0.125]})
    run.log({"loss": 9.0}, step=1)
    run.log({"loss": 1.0}, step=3)
    with pytest.raises(MetricsUnsaved, match=r"loss at step 1: the step has the value 0\.25") as told:
        run.finish()
    assert told.value.points == [("loss", 1, 9.0)]
    assert client.metrics(run)["value"].to_list() == [0.5, 0.25, 0.125, 1.0]
    assert client.get_run(run).status == "finished"
    with pytest.raises(ValueError, match="has ended"):
        run.log({"loss": 1.0})


def test_names_that_are_none_cost_no_other_point(client: Client) -> None:
    run = client.run("Hot fire").start()
    values = {f"name {number}": float(number) for number in range(20)}
    run.log(values | {"": 1.0}, step=0)
    with pytest.raises(MetricsUnsaved, match="1 points"):
        run.flush()
    assert len(client.metrics(run)) == 20
    run.finish()


def test_strange_numbers_and_long_columns_are_logged(client: Client) -> None:
    with client.run("Hot fire") as run:
        run.log({"loss": [math.nan, math.inf, -math.inf]}, step=[-5, 0, 7])
        run.log({"wave": np.sin(np.arange(25_000) / 100)})
    logged = client.metrics(run, "loss")["value"].to_list()
    assert logged == pytest.approx([math.nan, math.inf, -math.inf], nan_ok=True)
    summary = {row["name"]: row for row in client.metrics_summary(run).iter_rows(named=True)}
    assert summary["wave"]["count"] == 25_000
    assert client.metrics(run, "wave", max_points=100)["step"].is_sorted()


def test_metrics_are_logged_of_any_run(client: Client) -> None:
    with client.run("Hot fire") as run:
        pass
    assert client.log_metrics(run, {"loss": 0.5, "gain": 2}) == 2
    assert client.log_metrics(run.id, {"loss": [0.25, 0.125]}) == 2
    assert client.log_metrics(run, {"loss": 0.25}, step=1) == 0
    with pytest.raises(MetricsUnsaved, match="step 1"):
        client.log_metrics(run, {"loss": 3.0, "gain": 4.0}, step=1)
    assert client.log_metrics(run, {"loss": 3.0}, step=1, replace=True) == 1
    assert client.metrics(run, ["loss"])["value"].to_list() == [0.5, 3.0, 0.125]


def test_git_and_surroundings_are_noted_by_choice(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with client.run("plain") as run:
        pass
    assert (run.info().git_sha, run.info().env) == (None, None)
    monkeypatch.chdir(ROOT)
    sha = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    with client.run("noted", note_git=True, note_environment=True) as run:
        pass
    assert run.info().git_sha == (sha or None)
    env = run.info().env
    assert isinstance(env, dict)
    assert env["packages"]["numpy"] == np.__version__


SCRIPT = """
import sys, time
from barograph_client import Client
client = Client(sys.argv[1], sys.argv[2], project=sys.argv[3])
with client.run("by hand") as run, run.capture(sensors=["s0"]):
    run.log({"loss": 0.5})
    print(run.id, flush=True)
    time.sleep(60)
"""


def test_ctrl_c_fails_the_run_and_keeps_what_was_logged(bench: Bench, client: Client) -> None:
    arguments = [bench.server.url, bench.token(), bench.project_id]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "client")}
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", SCRIPT, *arguments], env=environment, **options) as script:
        assert script.stdout is not None
        run_id = script.stdout.readline().strip()
        assert run_id, script.communicate()
        script.send_signal(signal.SIGINT)
        assert script.wait(timeout=60) != 0
    assert history(client, f"/runs/{run_id}")[-1] == ("failed", "stopped by hand (KeyboardInterrupt)")
    assert client.capture_sessions(run_id).one().status == "failed"
    assert client.metrics(run_id)["value"].to_list() == [0.5]


def test_a_script_that_forgets_to_finish_has_logged_all_the_same(bench: Bench, client: Client) -> None:
    script = (
        SCRIPT.replace("with client", "run = client")
        .replace(' as run, run.capture(sensors=["s0"]):', ".start()")
        .replace("    ", "")
        .replace("time.sleep(60)", "")
    )
    arguments = [bench.server.url, bench.token(), bench.project_id]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "client")}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "goes on" in done.stderr
    run = client.get_run(done.stdout.strip())
    assert run.status == "running"
    assert client.metrics(run)["value"].to_list() == [0.5]
