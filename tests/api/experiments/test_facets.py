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
    of_experiments = person.read(f"/projects/{project}/experiments/facets")
    assert of_experiments["status"] == {"running": 1}
    assert [(each["value"], each["count"]) for each in of_experiments["tag"]] == [("x", 1)]
