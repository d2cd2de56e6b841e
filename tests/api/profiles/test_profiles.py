"""Conversion profiles: versions, activation, the timeline."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from barograph.times import format_time
from tests.api.conftest import People, ProjectMaker
from tests.api.server import Person, Server, at_once

LINEAR = {"kind": "linear", "payload": {"slope": 2, "offset": 1}}


def day(number: int) -> str:
    return f"2026-01-{number:02}T00:00:00.000000Z"


def save(person: Person, sensor: str) -> str:
    return person.made(f"/sensors/{sensor}/conversion-profiles", LINEAR)["id"]


def activate(person: Person, profile: str, *bounds: str | None) -> dict[str, Any]:
    names = ("valid_from", "valid_to")
    body = {name: bound for name, bound in zip(names, bounds, strict=False) if bound is not None}
    return person.made(f"/conversion-profiles/{profile}:activate", body)


def timeline(person: Person, sensor: str) -> list[tuple[int, str | None, str | None]]:
    items = person.read(f"/sensors/{sensor}/timeline")["items"]
    return [(item["number"], item["valid_from"], item["valid_to"]) for item in items]


def test_versions_are_numbered_and_hold_nothing_yet(owner: Person, sensor: str) -> None:
    made = [owner.made(f"/sensors/{sensor}/conversion-profiles", LINEAR) for _ in range(3)]
    assert [profile["number"] for profile in made] == [1, 2, 3]
    assert all(profile["validity"] == [] for profile in made)
    assert made[0]["content_hash"] == made[1]["content_hash"]
    listed = owner.read(f"/sensors/{sensor}/conversion-profiles")["items"]
    assert listed == made[::-1]


def test_versions_saved_at_once_get_numbers_of_their_own(owner: Person, sensor: str) -> None:
    at_once(*[partial(save, owner, sensor)] * 12)
    listed = owner.read(f"/sensors/{sensor}/conversion-profiles")["items"]
    assert sorted(item["number"] for item in listed) == list(range(1, 13))


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "linear", "payload": {"slope": "x"}}, "/payload/slope"),
        ({"kind": "nonsense", "payload": {}}, "/kind"),
        ({"payload": {}}, "/kind"),
        ({"kind": "linear", "payload": 5}, "/payload"),
        ({"kind": "linear", "payload": {"slope": 1, "offset": 0}, "x": 1}, "/x"),
    ],
)
def test_a_bad_profile_says_where(owner: Person, sensor: str, body: dict[str, Any], pointer: str) -> None:
    for path in (f"/sensors/{sensor}/conversion-profiles", "/conversion-profiles:evaluate"):
        extra = {"raw": [1]} if path.endswith("evaluate") else {}
        answer = owner.post(path, body | extra)
        assert answer.status_code == 422
        assert pointer in {error["pointer"] for error in answer.json()["errors"]}


def test_a_first_profile_holds_from_the_beginning_of_time(owner: Person, sensor: str) -> None:
    profile = activate(owner, save(owner, sensor))
    assert profile["validity"] == [{"valid_from": None, "valid_to": None}]
    assert timeline(owner, sensor) == [(1, None, None)]


def test_later_profiles_hold_from_now_and_the_past_stays(owner: Person, sensor: str) -> None:
    activate(owner, save(owner, sensor))
    before = format_time(datetime.now(UTC))
    activate(owner, save(owner, sensor))
    after = format_time(datetime.now(UTC))
    (_, start, cut), (number, valid_from, end) = timeline(owner, sensor)
    assert (start, number, end) == (None, 2, None)
    assert cut == valid_from
    assert before <= str(cut) <= after


def test_an_activation_takes_its_range_from_whoever_held_it(owner: Person, sensor: str) -> None:
    first, second, third = (save(owner, sensor) for _ in range(3))
    activate(owner, first)
    activate(owner, second, day(10), day(20))
    assert timeline(owner, sensor) == [(1, None, day(10)), (2, day(10), day(20)), (1, day(20), None)]
    activate(owner, third, day(5), day(15))
    assert timeline(owner, sensor) == [
        (1, None, day(5)),
        (3, day(5), day(15)),
        (2, day(15), day(20)),
        (1, day(20), None),
    ]
    activate(owner, first, day(5), day(20))
    assert timeline(owner, sensor) == [(1, None, None)]
    assert owner.read(f"/conversion-profiles/{second}")["validity"] == []


def test_every_version_an_activation_changes_gets_a_new_etag(owner: Person, sensor: str) -> None:
    first, second = save(owner, sensor), save(owner, sensor)
    activate(owner, first)
    before = owner.read(f"/conversion-profiles/{first}")["version"]
    activate(owner, second, day(1))
    assert owner.read(f"/conversion-profiles/{first}")["version"] == before + 1


def test_activations_at_the_same_moment_never_overlap(owner: Person, sensor: str) -> None:
    profiles = [save(owner, sensor) for _ in range(6)]
    at_once(*(partial(activate, owner, p, day(1 + n), day(20 + n)) for n, p in enumerate(profiles)))
    pieces = timeline(owner, sensor)
    assert pieces[0][1] == day(1)
    assert pieces[-1][2] == day(25)
    assert all(left[2] == right[1] for left, right in pairwise(pieces))


@pytest.mark.parametrize(
    "bounds", [(day(2), day(1)), (day(1), day(1)), ("2026-01-01T00:00:00", None), ("soon", None), (5, None)]
)
def test_an_empty_or_unclear_range_is_refused(owner: Person, sensor: str, bounds: tuple[Any, Any]) -> None:
    profile = save(owner, sensor)
    body = {"valid_from": bounds[0], "valid_to": bounds[1]}
    assert owner.post(f"/conversion-profiles/{profile}:activate", body).status_code == 422
    assert timeline(owner, sensor) == []


def test_times_with_an_offset_are_the_same_instants(owner: Person, sensor: str) -> None:
    activate(owner, save(owner, sensor), "2026-01-01T02:00:00+02:00")
    assert timeline(owner, sensor) == [(1, day(1), None)]


def test_deprecation_ends_validity_now_and_leaves_the_past(owner: Person, sensor: str) -> None:
    profile = save(owner, sensor)
    activate(owner, profile)
    deprecated = owner.made(f"/conversion-profiles/{profile}:deprecate")
    assert deprecated["deprecated_at"] is not None
    assert timeline(owner, sensor) == [(1, None, deprecated["deprecated_at"])]
    again = activate(owner, profile)
    assert again["deprecated_at"] is None
    assert timeline(owner, sensor)[-1][2] is None


def test_every_change_of_validity_moves_the_catalog_and_tells(
    server: Server, owner: Person, sensor: str
) -> None:
    profile = save(owner, sensor)
    with psycopg.connect(server.database_url, autocommit=True) as listener:
        listener.execute("listen barograph_catalog")
        activate(owner, profile)
        owner.made(f"/conversion-profiles/{profile}:deprecate")
        told = [notice.payload for notice in listener.notifies(timeout=5, stop_after=2)]
    assert len(told) == 2
    assert told[0] == told[1]


def test_a_change_waits_for_commits_that_share_the_catalog(
    server: Server, owner: Person, sensor: str
) -> None:
    profile = save(owner, sensor)
    with psycopg.connect(server.database_url) as commit, ThreadPoolExecutor(1) as threads:
        commit.execute(
            "select pg_advisory_xact_lock_shared(1, project_id) from sensor where public_id = %s", (sensor,)
        )
        change = threads.submit(activate, owner, profile)
        with pytest.raises(TimeoutError):
            change.result(timeout=0.5)
        commit.rollback()
        assert change.result(timeout=10)["validity"]


def test_evaluation_converts_without_saving(owner: Person) -> None:
    answer = owner.made("/conversion-profiles:evaluate", LINEAR | {"raw": [0, 1.5, -1]})
    assert answer == {"physical": [1.0, 4.0, -1.0], "flags": [0, 0, 0]}


def test_evaluation_answers_null_where_there_is_no_value(owner: Person) -> None:
    body = {
        "kind": "linear",
        "payload": {"slope": 1, "offset": 0, "domain": {"max": 1}, "out_of_domain": "null"},
        "raw": [0, 2],
    }
    answer = owner.made("/conversion-profiles:evaluate", body)
    assert answer["physical"] == [0.0, None]
    assert answer["flags"][1] != 0


def test_formulas_are_hidden_from_viewers_who_see_physical_values_only(
    people: People, make_project: ProjectMaker
) -> None:
    project = make_project(raw_access="editors")
    sensor = people.owner.made(f"/projects/{project}/sensors", {"key": "s"})["id"]
    profile = save(people.owner, sensor)
    for shown in (
        people.viewer.read(f"/conversion-profiles/{profile}"),
        people.viewer.read(f"/sensors/{sensor}/conversion-profiles")["items"][0],
    ):
        assert shown["payload"] is None
        assert shown["content_hash"] is None
    assert people.editor.read(f"/conversion-profiles/{profile}")["payload"] == LINEAR["payload"]
