"""What `/docs` fills forms with. People send it as it is: it must do what they mean, and harm nothing."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

import pytest

from barograph.openapi.schemas import operations as described_operations
from tests.api.operations import application
from tests.api.server import Person, Server
from tests.api.world import World, furnish

# What deletes, ends or gives away something, unless it is at least (or just) this.
HARMLESS: dict[str, Any] = {
    "raw_keep_days": None,
    "rollup_keep_days": None,
    "rejects_keep_days": 30,
    "auto_finish_after_s": 3600,
    "max_age_s": 86_400,
    "overlap_s": 60,
    "expires_in_s": 3600,
    "dry_run": True,
}
ENDINGS = {"archived", "decommissioned", "inactive", "failed"}


def request_bodies() -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Each operation with a body of JSON: its name, its schema, and what its form is filled with."""
    document = application().openapi()
    schemas = document["components"]["schemas"]
    for path, method, operation in described_operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        schema = schemas.get(content["schema"].get("$ref", "").rpartition("/")[2], content["schema"])
        # As Swagger UI chooses it. Without any it makes one up from types, with every field at its least.
        shown = content["example"] if "example" in content else schema["examples"][0]
        yield f"{method.upper()} {path}", schema, shown


PREFILLED = {name: shown for name, _, shown in request_bodies()}


def values(shown: Any, name: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401  # any JSON
    """All values of a document, with the names of their fields."""
    match shown:
        case dict():
            for field, value in cast("dict[str, Any]", shown).items():
                yield from values(value, field)
        case list():
            for value in cast("list[Any]", shown):
                yield from values(value, name)
        case _:
            yield name, shown


def is_time(value: object) -> bool:
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        return False
    return isinstance(value, str)


@pytest.mark.parametrize("operation", PREFILLED)
def test_nothing_that_is_filled_in_deletes_ends_or_has_expired(operation: str) -> None:
    for name, value in values(PREFILLED[operation]):
        if name in HARMLESS:
            lowest = HARMLESS[name]
            assert value == lowest if lowest is None or lowest is True else value >= lowest, name
        assert value not in ENDINGS, name
        assert value != "text", f"{name} has no example"
        # A fixed time is past one day; a relative one never is.
        assert not is_time(value), name


def test_no_patch_is_filled_in_with_a_key_a_state_or_nothing() -> None:
    patches = {name: shown for name, shown in PREFILLED.items() if name.startswith("PATCH")}
    assert len(patches) >= 5
    for name, shown in patches.items():
        assert len(shown) == 1, name
        assert not shown.keys() & {"status", "key", "raw_access", "started_at", "stopped_at"}, name


def test_defaults_of_what_is_sent_harm_nothing() -> None:
    """A field that is left out does what its default says."""
    for operation, schema, _ in request_bodies():
        for name, field in schema.get("properties", {}).items():
            default = field.get("default")
            assert not is_time(default), f"{operation} {name}"
            if (
                default is not None
                and isinstance(HARMLESS.get(name), int)
                and name not in {"overlap_s", "dry_run"}
            ):
                assert default >= HARMLESS[name], f"{operation} {name}"


@pytest.fixture
def world(server: Server, owner: Person, project: str) -> World:
    return furnish(server, owner, project)


# These take what nobody can know beforehand: a password, a token, an id that another answer gives.
CREATING = [
    "/api/v1/projects",
    "/api/v1/projects/{project_id}/experiments",
    "/api/v1/projects/{project_id}/sensors",
    "/api/v1/projects/{project_id}/ingest-tokens",
    "/api/v1/projects/{project_id}/imports",
    "/api/v1/projects/{project_id}/invitations",
    "/api/v1/projects/{project_id}/backfills",
    "/api/v1/experiments/{experiment_id}/runs",
    "/api/v1/sensors/{sensor_id}/conversion-profiles",
    "/api/v1/conversion-profiles:evaluate",
    "/api/v1/conversion-profiles:fit",
    "/api/v1/runs/{run_id}/capture-sessions",
    "/api/v1/projects/{project_id}/rejected-readings:replay",
]


@pytest.mark.parametrize("path", CREATING)
def test_what_is_filled_in_works_as_it_is(path: str, owner: Person, world: World) -> None:
    answer = owner.client.post(path.format(**vars(world)), json=PREFILLED[f"POST {path}"])
    assert answer.status_code in {200, 201}, answer.text


@pytest.mark.parametrize("operation", [name for name in PREFILLED if name.startswith("PATCH")])
def test_patches_that_are_filled_in_work_as_they_are(operation: str, owner: Person, world: World) -> None:
    path = operation.removeprefix("PATCH ").format(**vars(world))
    answer = owner.client.patch(path, json=PREFILLED[operation])
    assert answer.status_code == 200, answer.text
    assert PREFILLED[operation].items() <= answer.json().items()


@pytest.mark.parametrize("past", ["2020-01-01T00:00:00Z", "0001-01-01T00:00:00Z"])
def test_nothing_can_be_made_that_has_expired(past: str, owner: Person, project: str) -> None:
    token = owner.post(f"/projects/{project}/ingest-tokens", {"name": "late", "expires_at": past})
    account = owner.post(
        "/service-accounts", {"project_id": project, "name": "late", "role": "viewer", "expires_at": past}
    )
    for answer in (token, account):
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/expires_at"
