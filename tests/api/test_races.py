"""Requests at the same moment: whatever the order the database gives them, what must hold holds."""

from collections.abc import Callable
from functools import partial

import httpx
import pytest

from tests.api.lab import Lab
from tests.api.server import at_once

ROUNDS, FEW = 12, 4
Call = Callable[[], httpx.Response]


@pytest.fixture(
    params=[*range(FEW), *(pytest.param(n, marks=pytest.mark.nightly) for n in range(FEW, ROUNDS))]
)
def turn(request: pytest.FixtureRequest) -> int:
    """Which of two calls is sent first alternates."""
    return request.param


def race(turn: int, *calls: Call) -> list[int]:
    """The statuses, in the order of the calls. None of them is a 5xx."""
    order = calls if turn % 2 == 0 else calls[::-1]
    answers = at_once(*order)
    statuses = [answer.status_code for answer in answers]
    assert all(status < 500 for status in statuses), [answer.text for answer in answers]
    return statuses if turn % 2 == 0 else statuses[::-1]


def move(lab: Lab, path: str, status: str) -> Call:
    return partial(lab.move, path, status)


def backfill(lab: Lab, session: str) -> Call:
    """Its answer is as if somebody had asked for the move."""
    return lambda: httpx.Response(200 if lab.serve_move(session, "succeeded", "backfilling") else 409)


def start(lab: Lab, session: str) -> Call:
    return partial(lab.person.post, f"/capture-sessions/{session}:start")


def test_of_starts_at_once_one_wins(lab: Lab) -> None:
    session = lab.new_session(lab.new_run(sensors=(lab.sensor(),)))
    answers = at_once(*[start(lab, session)] * 8)
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    assert lab.history(f"/capture-sessions/{session}") == [("draft", "running")]


def test_of_ends_at_once_one_wins(lab: Lab) -> None:
    run = f"/runs/{lab.new_run('running')}"
    answers = at_once(*[move(lab, run, "finished"), move(lab, run, "failed")] * 4)
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    assert lab.history(run) == [("draft", "running"), ("running", lab.status(run))]


def test_a_run_does_not_end_while_a_session_of_it_starts(lab: Lab, turn: int) -> None:
    run = lab.new_run("running")
    session = lab.new_session(run)
    assert race(turn, move(lab, f"/runs/{run}", "finished"), start(lab, session)) in ([200, 409], [409, 200])
    states = (lab.status(f"/runs/{run}"), lab.status(f"/capture-sessions/{session}"))
    assert states in {("finished", "draft"), ("running", "running")}


def test_a_run_is_not_archived_while_a_session_is_made_and_started(lab: Lab, turn: int) -> None:
    run = lab.new_run()
    create = partial(lab.person.post, f"/runs/{run}/capture-sessions", {"start": True})
    assert race(turn, move(lab, f"/runs/{run}", "archived"), create) in ([200, 409], [409, 201])


def test_a_finished_run_is_not_archived_while_a_session_of_it_is_backfilled(lab: Lab, turn: int) -> None:
    run = lab.new_run("running")
    session = f"/capture-sessions/{lab.new_session(run, 'succeeded')}"
    lab.go(f"/runs/{run}", ["finished"])
    archived, backfilling = race(turn, move(lab, f"/runs/{run}", "archived"), backfill(lab, session))
    # A backfill may begin in an archived run; an archival may not begin during one.
    assert backfilling == 200
    if archived == 409:
        assert lab.status(f"/runs/{run}") == "finished"


def test_an_experiment_is_not_archived_while_a_run_of_it_starts(lab: Lab, turn: int) -> None:
    experiment = f"/experiments/{lab.experiment}"
    run = lab.new_run()
    assert race(turn, move(lab, experiment, "archived"), move(lab, f"/runs/{run}", "running")) in (
        [200, 409],
        [409, 200],
    )


def test_an_experiment_is_not_archived_while_it_gets_a_running_run(lab: Lab, turn: int) -> None:
    experiment = f"/experiments/{lab.experiment}"
    create = partial(lab.person.post, f"{experiment}/runs", {"name": "r", "status": "running"})
    assert race(turn, move(lab, experiment, "archived"), create) in ([200, 409], [409, 201])


def test_a_sensor_bound_at_the_last_moment_is_in_the_session(lab: Lab, turn: int) -> None:
    run, sensor = lab.new_run(), lab.sensor()
    session = lab.new_session(run)
    assert race(turn, start(lab, session), partial(lab.bind, run, sensor)) == [200, 200]
    assert lab.sensors_of(session) == {sensor}


def test_sensors_bound_while_it_starts_are_all_in_the_session(lab: Lab) -> None:
    run, sensors = lab.new_run(), [lab.sensor() for _ in range(7)]
    session = lab.new_session(run)
    answers = at_once(start(lab, session), *[partial(lab.bind, run, sensor) for sensor in sensors])
    assert {answer.status_code for answer in answers} == {200}
    assert lab.sensors_of(session) == set(sensors)


def test_a_sensor_unbound_at_the_last_moment_is_in_the_session_or_gone(lab: Lab, turn: int) -> None:
    sensor = lab.sensor()
    run = lab.new_run(sensors=(sensor,))
    session = lab.new_session(run)
    started, unbound = race(turn, start(lab, session), partial(lab.unbind, run, sensor))
    assert started == 200
    assert (unbound, lab.sensors_of(session)) in [(204, set()), (409, {sensor})]


def test_a_sensor_is_not_decommissioned_while_a_session_with_it_starts(lab: Lab, turn: int) -> None:
    sensor = lab.sensor()
    session = lab.new_session(lab.new_run(sensors=(sensor,)))
    calls = (start(lab, session), move(lab, f"/sensors/{sensor}", "decommissioned"))
    assert race(turn, *calls) in ([200, 409], [409, 200])


def test_a_sensor_is_not_decommissioned_while_it_joins_a_session(lab: Lab, turn: int) -> None:
    run, sensor = lab.new_run(), lab.sensor()
    lab.new_session(run, "running")
    calls = (partial(lab.bind, run, sensor), move(lab, f"/sensors/{sensor}", "decommissioned"))
    assert race(turn, *calls) in ([200, 409], [409, 200])


def test_a_sensor_is_not_deleted_while_a_session_with_it_starts(lab: Lab, turn: int) -> None:
    sensor = lab.sensor()
    session = lab.new_session(lab.new_run(sensors=(sensor,)))
    deleted, started = race(turn, partial(lab.person.delete, f"/sensors/{sensor}"), start(lab, session))
    assert started == 200
    assert (deleted, lab.sensors_of(session)) in [(204, set()), (409, {sensor})]


def test_a_session_is_not_deleted_while_it_starts(lab: Lab, turn: int) -> None:
    session = lab.new_session(lab.new_run())
    deleted, started = race(
        turn, partial(lab.person.delete, f"/capture-sessions/{session}"), start(lab, session)
    )
    assert (deleted, started) in [(204, 404), (409, 200)]


def test_a_run_is_not_deleted_while_a_session_of_it_starts(lab: Lab, turn: int) -> None:
    run = lab.new_run()
    session = lab.new_session(run)
    deleted, started = race(turn, partial(lab.person.delete, f"/runs/{run}"), start(lab, session))
    assert (deleted, started) in [(204, 404), (409, 200)]


def test_sessions_made_at_once_are_numbered_one_by_one(lab: Lab) -> None:
    run = lab.new_run()
    answers = at_once(*[partial(lab.person.post, f"/runs/{run}/capture-sessions")] * 12)
    assert sorted(answer.json()["ordinal"] for answer in answers) == list(range(1, 13))


def test_of_experiments_with_one_name_one_is_made(lab: Lab) -> None:
    path = f"/projects/{lab.project}/experiments"
    answers = at_once(
        *[partial(lab.person.post, path, {"name": name}) for name in ("Twin", "TWIN", "twin") * 3]
    )
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 8]


def test_batches_over_the_same_runs_come_one_after_the_other(lab: Lab, turn: int) -> None:
    runs = [lab.new_run() for _ in range(6)]
    path = f"/projects/{lab.project}/runs:batch-status"
    forth = partial(lab.person.post, path, {"run_ids": runs, "status": "running"})
    back = partial(lab.person.post, path, {"run_ids": runs[::-1], "status": "archived"})
    assert race(turn, forth, back) in ([200, 409], [409, 200])
    assert len({lab.status(f"/runs/{run}") for run in runs}) == 1


def test_a_move_of_a_version_that_is_gone_is_refused_even_at_once(lab: Lab) -> None:
    run = f"/runs/{lab.new_run()}"
    patch = [
        partial(lab.person.patch, run, {"notes": str(number)}, {"If-Match": '"1"'}) for number in range(6)
    ]
    assert sorted(answer.status_code for answer in at_once(*patch)) == [200, *[412] * 5]
