"""Lists of runs and experiments: every filter and order, against what a loop over all rows finds."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.times import format_time
from tests.api.conftest import People, ProjectMaker
from tests.api.experiments.archive import NOW, PIECES, SHAS, STATES, TAGS, Archive, Row, holds, write_archive
from tests.api.lab import Lab
from tests.api.server import Person, Server
from tests.examples import few_examples

Filters = dict[str, Any]
NEVER = datetime.max.replace(tzinfo=UTC)
TIMES = [NOW - timedelta(days=days) for days in (45, 35, 30, 27.5, 0)]
QUESTIONS = ["inlet", "ÖL", "%", "_", "\\", "hot_end", "hotxend", "n", "x", "let OUT"]


@pytest.fixture(scope="module")
def archive(server: Server, people: People) -> Archive:
    return write_archive(server, people, runs=60)


def matches(archive: Archive, row: Row, filters: Filters) -> bool:
    tests: dict[str, Callable[[Any], bool]] = {
        "status": lambda status: row.status == status,
        "tag": lambda tags: all(tag in row.tags for tag in tags),
        "q": lambda q: q.lower() in f"{row.name} {row.notes}".lower(),
        "git_sha": lambda sha: row.git_sha == sha,
        "created_by": lambda account: row.created_by == archive.accounts[int(account)],
        "sensor": lambda sensor: sensor in row.sensors,
        "profile": lambda profile: holds(PIECES[int(profile)], row),
        "created_from": lambda time: row.created_at >= time,
        "created_to": lambda time: row.created_at < time,
        "started_from": lambda time: row.started_at is not None and row.started_at >= time,
        "started_to": lambda time: row.started_at is not None and row.started_at < time,
    }
    return all(tests[name](value) for name, value in filters.items())


def parameters(archive: Archive, filters: Filters) -> dict[str, Any]:
    """As they stand in the URL."""
    places = {"created_by": archive.accounts, "sensor": archive.sensors, "profile": archive.profiles}
    return {
        name: str(places[name][int(value)])
        if name in places
        else format_time(value)
        if isinstance(value, datetime)
        else value
        for name, value in filters.items()
    }


def all_pages(person: Person, path: str, limit: int, **asked: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # as read
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = person.read(path, limit=limit, **asked, **cursor)
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        assert len(page["items"]) == limit
        cursor = {"cursor": page["next_cursor"]}


filters = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(STATES),
        "tag": st.lists(st.sampled_from(TAGS), min_size=1, max_size=2),
        "q": st.sampled_from(QUESTIONS),
        "git_sha": st.sampled_from(SHAS[:2]),
        "created_by": st.integers(0, 1),
        "sensor": st.integers(0, 3),
        "profile": st.integers(0, len(PIECES) - 1),
        "created_from": st.sampled_from(TIMES),
        "created_to": st.sampled_from(TIMES),
        "started_from": st.sampled_from(TIMES),
        "started_to": st.sampled_from(TIMES),
    },
)
# One at a time, and several.
some_filters = filters | filters.map(lambda given: dict(list(given.items())[:1]))


@few_examples(15)
@given(given=some_filters, limit=st.sampled_from([4, 15, 60]))
def test_runs_are_those_that_match_all_filters(
    people: People, archive: Archive, given: Filters, limit: int
) -> None:
    path = f"/projects/{archive.project}/runs"
    found = [item["id"] for item in all_pages(people.owner, path, limit, **parameters(archive, given))]
    expected = [str(row.id) for row in archive.rows if matches(archive, row, given)]
    assert sorted(found) == sorted(expected)


@few_examples(8)
@given(given=some_filters, experiment=st.integers(0, 3))
def test_an_experiment_s_runs_are_its_own(
    people: People, archive: Archive, given: Filters, experiment: int
) -> None:
    path = f"/experiments/{archive.experiments[experiment]}/runs"
    found = [item["id"] for item in all_pages(people.owner, path, 50, **parameters(archive, given))]
    expected = [
        str(row.id) for row in archive.rows if row.experiment == experiment and matches(archive, row, given)
    ]
    assert sorted(found) == sorted(expected)


@few_examples(8)
@given(
    given=st.fixed_dictionaries(
        {},
        optional={
            "git_sha": st.sampled_from(SHAS[:2]),
            "sensor": st.integers(0, 3),
            "profile": st.integers(0, len(PIECES) - 1),
        },
    )
)
def test_what_is_asked_of_runs_an_experiment_answers_by_one(
    people: People, archive: Archive, given: Filters
) -> None:
    path = f"/projects/{archive.project}/experiments"
    found = {item["id"] for item in all_pages(people.owner, path, 50, **parameters(archive, given))}
    answering = {row.experiment for row in archive.rows if matches(archive, row, given)}
    expected = answering if given else range(4)
    assert found == {str(archive.experiments[place]) for place in expected}


@pytest.mark.parametrize("sort", ["created_at", "started_at", "finished_at", "name"])
@pytest.mark.parametrize("direction", ["", "-"])
@pytest.mark.parametrize("limit", [1, 7, 60])
def test_orders_are_total_and_pages_keep_them(
    people: People, archive: Archive, sort: str, direction: str, limit: int
) -> None:
    items = all_pages(people.owner, f"/projects/{archive.project}/runs", limit, sort=direction + sort)
    assert sorted(item["id"] for item in items) == sorted(str(row.id) for row in archive.rows)
    rows = {str(row.id): row for row in archive.rows}
    keys = [getattr(rows[item["id"]], sort) for item in items]
    ordered = [key.lower() if isinstance(key, str) else key or NEVER for key in keys]
    assert ordered == sorted(ordered, reverse=bool(direction))
    # Ties stand in the order in which they were made, or in its reverse: as in any other page size.
    assert items == all_pages(people.owner, f"/projects/{archive.project}/runs", 60, sort=direction + sort)


def test_the_newest_come_first_unless_asked_otherwise(lab: Lab) -> None:
    runs = [lab.new_run() for _ in range(3)]
    items = lab.person.read(f"/experiments/{lab.experiment}/runs")["items"]
    assert [item["id"] for item in items] == runs[::-1]


def test_pages_are_not_moved_by_what_is_made_meanwhile(lab: Lab) -> None:
    path = f"/projects/{lab.project}/runs"
    runs = [lab.new_run() for _ in range(4)]
    first = lab.person.read(path, limit=2)
    lab.new_run()
    rest = lab.person.read(path, limit=5, cursor=first["next_cursor"])
    assert [item["id"] for item in first["items"] + rest["items"]] == runs[::-1]


def test_experiments_have_filters_of_their_own(lab: Lab) -> None:
    hot = lab.new_experiment(name="Alpha", description="the inlet", tags=["hot"])
    cold = lab.new_experiment("running", name="beta", tags=["cold", "hot"])

    def listed(**asked: str | list[str]) -> list[str]:
        items = lab.person.read(f"/projects/{lab.project}/experiments", **asked)["items"]
        return [item["id"] for item in items]

    assert listed() == [cold, hot, lab.experiment]
    assert listed(tag="hot") == [cold, hot]
    assert listed(tag=["hot", "cold"]) == [cold]
    assert listed(q="INLET") == [hot]
    assert listed(status="running") == listed(started_from=format_time(NOW)) == [cold]
    assert listed(sort="name") == [hot, cold, lab.experiment]
    assert listed(sort="-started_at")[-1] == cold
    assert listed(created_by=lab.person.read("/auth/me")["id"]) == [cold, hot, lab.experiment]


def test_what_belongs_to_other_projects_is_not_found(
    lab: Lab, archive: Archive, make_project: ProjectMaker
) -> None:
    make_project()
    lab.new_run()
    for name, place in (("sensor", archive.sensors), ("profile", archive.profiles)):
        for noun in ("runs", "experiments"):
            answer = lab.person.get(f"/projects/{lab.project}/{noun}", {name: str(place[0])})
            assert answer.status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        {"sort": "tags"},
        {"sort": "+name"},
        {"status": "paused"},
        {"sensor": ""},
        {"profile": "1"},
        {"created_by": "me"},
        {"created_from": "today"},
        {"started_to": "2026-01-01T00:00:00"},
        {"tag": ""},
        {"q": ""},
        {"limit": "501"},
        {"cursor": "x"},
        {"colour": "red"},
    ],
)
@pytest.mark.parametrize("noun", ["runs", "experiments"])
def test_a_question_that_makes_no_sense_is_refused(lab: Lab, noun: str, asked: dict[str, str]) -> None:
    assert lab.person.get(f"/projects/{lab.project}/{noun}", asked).status_code == 422


def test_a_cursor_belongs_to_its_order(lab: Lab) -> None:
    path = f"/projects/{lab.project}/runs"
    for _ in range(2):
        lab.new_run()
    cursor = lab.person.read(path, limit=1, sort="name")["next_cursor"]
    assert lab.person.get(path, {"cursor": cursor, "sort": "name"}).status_code == 200
    for other in ("-name", "created_at"):
        assert lab.person.get(path, {"cursor": cursor, "sort": other}).status_code == 422
