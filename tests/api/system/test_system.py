"""How the system does, as admins see it."""

from tests.api.conftest import People


def test_an_admin_sees_what_runs_and_waits(people: People) -> None:
    state = people.admin.read("/system")
    assert state["database"]["bytes"] > state["database"]["reading_bytes"] > 0
    assert state["database"]["timescaledb"]
    assert sum(each["connections"] for each in state["programs"]) >= 1
    assert state["disk"]["free_bytes"] <= state["disk"]["total_bytes"]
    assert state["ingest"]["rate_hz"] >= 0
    assert state["work"]["oldest_s"] >= 0
    assert state["live"]["streams"] >= 0
    assert (state["archive"]["after_days"], state["archive"]["faulty"]) == (None, 0)
    assert [each for each in state["problems"] if not each["advice"]] == []


def test_nobody_else_does(people: People) -> None:
    assert people.owner.get("/system").status_code == 403
