"""Facets count what the lists show."""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.lab import Lab

RUN = st.fixed_dictionaries(
    {
        "tags": st.lists(st.sampled_from("abc"), unique=True),
        "git_sha": st.sampled_from([None, "beef", "cafe"]),
        "status": st.sampled_from(["draft", "running"]),
    }
)


def counted(facet: list[dict[str, Any]]) -> Counter[str]:
    return Counter({each["value"]: each["count"] for each in facet})


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(runs=st.lists(RUN, max_size=6), tag=st.sampled_from([None, "a"]))
def test_facets_of_runs_are_those_of_the_list(lab: Lab, runs: list[dict[str, Any]], tag: str | None) -> None:
    person = lab.person
    project = person.made("/projects", {"name": "facets"})["id"]
    sensor = person.made(f"/projects/{project}/sensors", {"key": "s"})["id"]
    experiment = person.made(
        f"/projects/{project}/experiments", {"name": "e", "status": "running", "tags": ["x"]}
    )["id"]
    for number, fields in enumerate(runs):
        run = person.made(f"/experiments/{experiment}/runs", fields | {"name": f"r{number}"})["id"]
        if number % 2:
            person.send("PUT", f"/runs/{run}/sensors/{sensor}")
    filters = {} if tag is None else {"tag": tag}
    listed = person.read(f"/projects/{project}/runs", **filters)["items"]
    facets = person.read(f"/projects/{project}/runs/facets", **filters)
    assert Counter(facets["status"]) == Counter(each["status"] for each in listed)
    assert counted(facets["tag"]) == Counter(tag for each in listed for tag in each["tags"])
    assert counted(facets["git_sha"]) == Counter(each["git_sha"] for each in listed if each["git_sha"])
    assert counted(facets["experiment"]) == Counter(each["experiment_id"] for each in listed)
    assert counted(facets["created_by"]) == Counter(each["created_by"] for each in listed)
    bound = person.read(f"/projects/{project}/runs", sensor=sensor, **filters)["items"]
    assert counted(facets["sensor"]) == Counter({sensor: len(bound)} if bound else {})
    assert counted(facets["started_in"]) == Counter(
        each["started_at"][:7] for each in listed if each["started_at"]
    )
    assert facets["profile"] == []
    of_experiments = person.read(f"/projects/{project}/experiments/facets")
    assert of_experiments["status"] == {"running": 1}
    assert [(each["value"], each["count"]) for each in of_experiments["tag"]] == [("x", 1)]


def test_facets_of_a_sensor_s_runs_tell_which_versions_held(lab: Lab) -> None:
    person, project = lab.person, lab.person.made("/projects", {"name": "versions"})["id"]
    sensors = [person.made(f"/projects/{project}/sensors", {"key": key})["id"] for key in ("p", "q")]
    experiment = person.made(f"/projects/{project}/experiments", {"name": "e", "status": "running"})["id"]
    versions = [
        person.made(
            f"/sensors/{sensor}/conversion-profiles", {"kind": "linear", "payload": {"slope": 2, "offset": 0}}
        )["id"]
        for sensor in sensors
    ]
    for version in versions:
        person.made(f"/conversion-profiles/{version}:activate", {})
    for number in range(3):
        run = person.made(f"/experiments/{experiment}/runs", {"name": f"r{number}", "status": "running"})[
            "id"
        ]
        for sensor in sensors[: number + 1]:
            person.send("PUT", f"/runs/{run}/sensors/{sensor}")
    for sensor, version, count in zip(sensors, versions, (3, 2), strict=True):
        for asked in ({"sensor": sensor}, {"profile": version}):
            facets = person.read(f"/projects/{project}/runs/facets", **asked)
            assert facets["profile"] == [{"value": version, "label": "v1 linear", "count": count}], asked
            assert facets["status"] == {"running": count}
            listed = person.read(f"/projects/{project}/runs", **asked)["items"]
            assert len(listed) == count


def test_runs_and_their_facets_are_those_of_an_experiment(lab: Lab) -> None:
    person, project = lab.person, lab.person.made("/projects", {"name": "several"})["id"]
    experiments = [
        person.made(f"/projects/{project}/experiments", {"name": name, "status": "running"})["id"]
        for name in ("one", "two")
    ]
    for number in range(3):
        person.made(f"/experiments/{experiments[number % 2]}/runs", {"name": f"r{number}"})
    for experiment, count in zip(experiments, (2, 1), strict=True):
        asked = {"experiment": experiment}
        assert len(person.read(f"/projects/{project}/runs", **asked)["items"]) == count
        facets = person.read(f"/projects/{project}/runs/facets", **asked)
        assert sum(facets["status"].values()) == count
        assert counted(facets["experiment"]) == Counter({experiment: count})


SENSOR = st.fixed_dictionaries(
    {
        "tags": st.lists(st.sampled_from("abc"), unique=True),
        "kind": st.sampled_from(["", "flow", "pressure"]),
        "output_unit": st.sampled_from(["", "bar", "Pa"]),
        "status": st.sampled_from(["active", "inactive"]),
    }
)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    sensors=st.lists(SENSOR, max_size=6),
    asked=st.sampled_from([{}, {"tag": "a"}, {"unit": "bar"}, {"kind": "flow"}, {"connection": "online"}]),
)
def test_facets_of_sensors_are_those_of_the_list(
    lab: Lab, sensors: list[dict[str, Any]], asked: dict[str, str]
) -> None:
    person = lab.person
    project = person.made("/projects", {"name": "facets of sensors"})["id"]
    for number, fields in enumerate(sensors):
        person.made(f"/projects/{project}/sensors", fields | {"key": f"s{number}"})
    listed = person.read(f"/projects/{project}/sensors", **asked)["items"]
    facets = person.read(f"/projects/{project}/sensors/facets", **asked)
    assert Counter(facets["status"]) == Counter(each["status"] for each in listed)
    assert Counter(facets["connection"]) == Counter(each["connection"] for each in listed)
    assert counted(facets["tag"]) == Counter(tag for each in listed for tag in each["tags"])
    assert counted(facets["kind"]) == Counter(each["kind"] for each in listed if each["kind"])
    assert counted(facets["unit"]) == Counter(each["output_unit"] for each in listed if each["output_unit"])
