"""What people change of their own account."""

import pytest

from tests.api.conftest import People
from tests.api.server import Person, Server


def test_a_name_and_preferences_are_kept(newcomer: Person) -> None:
    before = newcomer.read("/auth/me")
    assert (before["name"], before["preferences"]) == ("", {})
    body = {"name": "Bo", "preferences": {"theme": "dark", "columns": {"runs": ["name"]}}}
    after = newcomer.patch("/auth/me", body).json()
    assert (after["name"], after["preferences"]) == ("Bo", body["preferences"])
    assert after["version"] > before["version"]
    merged = newcomer.patch("/auth/me", {"preferences": {"theme": None, "zone": "utc"}}).json()
    assert merged["preferences"] == {"columns": {"runs": ["name"]}, "zone": "utc"}
    assert newcomer.read("/auth/me") == merged


def test_of_two_changes_the_later_is_told_of_the_earlier(newcomer: Person) -> None:
    etag = newcomer.get("/auth/me").headers["etag"]
    assert newcomer.patch("/auth/me", {"name": "Bo"}, {"If-Match": etag}).status_code == 200
    assert newcomer.patch("/auth/me", {"name": "Jo"}, {"If-Match": etag}).status_code == 412
    assert newcomer.read("/auth/me")["name"] == "Bo"


@pytest.mark.parametrize(
    "body",
    [
        {"preferences": {"x": "é" * 4100}},
        {"preferences": []},
        {"name": "x" * 201},
        {"is_admin": True},
        {"email": "other@example.org"},
    ],
)
def test_what_does_not_fit_changes_nothing(newcomer: Person, body: dict[str, object]) -> None:
    before = newcomer.read("/auth/me")
    assert newcomer.patch("/auth/me", body).status_code == 422
    assert newcomer.read("/auth/me") == before


def test_as_much_as_is_promised_fits(newcomer: Person) -> None:
    body = {"preferences": {"x": "é" * 4090}}
    assert newcomer.patch("/auth/me", body).json()["preferences"] == body["preferences"]


def test_a_new_name_is_in_the_audit_trail_preferences_are_not(people: People, newcomer: Person) -> None:
    newcomer.patch("/auth/me", {"name": "Bo"})
    newcomer.patch("/auth/me", {"preferences": {"theme": "dark"}})
    account = newcomer.read("/auth/me")["id"]
    entries = people.admin.read("/audit", action="account.rename")["items"]
    (entry,) = [each for each in entries if each["subject_id"] == account]
    assert (entry["before"], entry["after"]) == ({"name": ""}, {"name": "Bo"})


def test_a_service_account_is_its_owners_matter(server: Server, newcomer: Person) -> None:
    project = newcomer.made("/projects", {"name": "own"})["id"]
    body = {"project_id": project, "name": "script", "role": "editor"}
    token = newcomer.made("/service-accounts", body)["token"]
    with server.client(token) as client:
        assert client.patch("/auth/me", json={"name": "x"}).status_code == 403
