"""`annotation`, `view`, `event`, `search`."""

from tests.api.server import PASSWORD, Server
from tests.barograph.cli.conftest import EMAIL, Run


def test_annotations_are_added_found_changed_and_deleted(run: Run) -> None:
    run("project", "create", "Noted")
    run("sensor", "create", "Noted", "p1")
    made = run(
        *("annotation", "add", "Noted", "2026-01-01T10:00:00Z", "Stuck", "--sensor", "p1", "--tag", "fault"),
        "--json",
    ).item
    assert (made["from"], made["text"], made["tags"]) == ("2026-01-01T10:00:00.000000Z", "Stuck", ["fault"])
    listed = run("annotation", "list", "Noted", "--sensor", "p1", "--tag", "fault", "--json").item
    assert [each["id"] for each in listed] == [made["id"]]
    changed = run("annotation", "change", made["id"], "--text", "Replaced", "--json").item
    assert (changed["text"], changed["sensors"]) == ("Replaced", made["sensors"])
    (event,) = run("event", "list", "Noted", "--type", "annotation.created", "--json").item
    assert event["data"]["annotation_id"] == made["id"]
    assert run("annotation", "delete", made["id"], "--yes").code == 0
    assert run("annotation", "list", "Noted", "--json").item == []


def test_things_are_found_by_their_names(run: Run) -> None:
    run("project", "create", "Searched")
    run("sensor", "create", "Searched", "numbat.p1")
    found = run("search", "numbat", "--project", "Searched", "--kind", "sensor", "--json").item
    assert [(each["kind"], each["title"]) for each in found] == [("sensor", "numbat.p1")]


def test_views_are_listed_shown_and_deleted(run: Run, server: Server) -> None:
    project = run("project", "create", "Viewed", "--field", "id").out.strip()
    with server.client(server.log_in(EMAIL, PASSWORD)["access_token"]) as client:
        body = {"name": "Wall", "spec": {"version": 1}}
        view = client.post(f"/api/v1/projects/{project}/views", json=body).json()["id"]
    assert run("view", "list", "Viewed").rows[1][1] == "Wall"
    assert run("view", "show", view, "--json").item["spec"] == {"version": 1}
    assert run("view", "delete", view, "--yes").code == 0
    assert run("view", "list", "Viewed", "--json").item == []
