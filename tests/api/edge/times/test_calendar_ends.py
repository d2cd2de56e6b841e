"""Times at both ends of the calendar, wherever an operation takes a time: a right answer or 4xx, never 5xx.

The places are taken from the document, so a new one is tried as soon as it is there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

import pytest

from tests.api.conftest import People, ProjectMaker
from tests.api.operations import Operation, application, operations
from tests.api.server import Server, url_path
from tests.api.world import World, furnish

Schema: TypeAlias = Mapping[str, Any]
FIRST, LAST = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"
ENDS = [FIRST, "0001-01-02T00:00:00Z", "9999-12-31T00:00:00Z", LAST]
PAIRS = [(FIRST, LAST), (FIRST, ENDS[1]), (ENDS[2], LAST), ("9999-06-01T00:00:00Z", LAST), (LAST, LAST)]
# Beyond them, once the offset is counted.
OUTSIDE = ["0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "10000-01-01T00:00:00Z"]
# What series must be told besides.
SERIES: list[dict[str, Any]] = [
    {},
    {"bucket": "1h", "fill": "linear"},
    {"bucket": "100000d"},
    {"bucket": "7h", "fill": "null", "align": "start"},
    {"fill": "previous", "max_gap": "1000000d"},
    {"downsample": "minmax"},
    {"downsample": "lttb", "max_points": 10},
    {"stat": ["p50", "stddev", "sum"], "align": "start"},
]


@dataclass(frozen=True)
class TimedQuery:
    """An operation that takes times in its query."""

    operation: Operation
    times: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.operation.path} {' '.join(self.times)}"

    def periods(self) -> Iterator[dict[str, str]]:
        """Each time alone, and pairs that belong together."""
        for name, end in product(self.times, ENDS):
            yield {name: end}
        for first, last in zip(self.times, self.times[1:], strict=False):
            for start, end in PAIRS:
                yield {first: start, last: end}


def timed_queries() -> list[TimedQuery]:
    paths = application().openapi()["paths"]
    found: list[TimedQuery] = []
    for operation in operations():
        described = paths[url_path(operation.path)][operation.method.lower()]
        times = tuple(
            parameter["name"]
            for parameter in described.get("parameters", ())
            if parameter["in"] == "query" and takes_time(parameter["schema"])
        )
        if times:
            found.append(TimedQuery(operation, times))
    return found


def takes_time(schema: Schema) -> bool:
    return schema.get("format") == "date-time" or any(takes_time(each) for each in schema.get("anyOf", ()))


@pytest.fixture
def world(server: Server, people: People, make_project: ProjectMaker) -> World:
    return furnish(server, people.owner, make_project())


@pytest.mark.parametrize("query", timed_queries(), ids=str)
def test_no_time_in_a_query_breaks_anything(query: TimedQuery, people: People, standing_world: World) -> None:
    world = standing_world
    person = people.admin if query.operation.path == "/audit" else people.owner
    path = query.operation.path.format(**vars(world))
    others: list[dict[str, Any]] = [{}]
    if path == "/series":
        others = [{"sensor": world.sensor_id, **more} for more in SERIES]
        others += [{"run": world.run_id}, {"capture_session": world.capture_session_id, "align": "start"}]
    if path == "/readings/export":
        others = [{"sensor": world.sensor_id}, {"run": world.run_id, "shape": "wide"}]
    broken: list[object] = []
    for more, period in product(others, query.periods()):
        answer = person.send(query.operation.method, path, params=more | period)
        if answer.status_code >= 500:
            broken.append((more | period, answer.status_code))
    assert broken == []
    for time in OUTSIDE:
        assert person.send(query.operation.method, path, params={query.times[0]: time}).status_code == 422


# Where bodies hold times, and what they must hold besides.
BODIES: dict[str, tuple[list[str], dict[str, object]]] = {
    "POST /service-accounts": (["expires_at"], {"name": "script", "role": "viewer"}),
    "POST /conversion-profiles/{profile_id}:activate": (["valid_from", "valid_to"], {}),
    "POST /projects/{project_id}/ingest-tokens": (["expires_at"], {"name": "rig"}),
    "POST /projects/{project_id}/rejected-readings:replay": (
        ["from", "to", "received_from", "received_to"],
        {},
    ),
    "PATCH /capture-sessions/{capture_session_id}": (["started_at", "stopped_at"], {}),
    "POST /projects/{project_id}/annotations": (["from", "to"], {"text": "a note"}),
    "PATCH /annotations/{annotation_id}": (["from", "to"], {}),
    "POST /sensors/{sensor_id}/limits": (["valid_from", "valid_to"], {"level": "warning", "max": 1.0}),
    "POST /projects/{project_id}/exports": (["from", "to", "as_of"], {"sensor": ["furnished"]}),
    "POST /projects/{project_id}/backfills": (["from", "to"], {"reason": "a try", "dry_run": True}),
}


def test_every_body_with_times_is_tried() -> None:
    document = application().openapi()
    taking = [str(operation) for operation in operations() if times_of_body(document, operation)]
    assert sorted(taking) == sorted(BODIES)


def times_of_body(document: Schema, operation: Operation) -> list[str]:
    described = document["paths"][url_path(operation.path)][operation.method.lower()]
    content = described.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return []
    schema = content["schema"]
    written_out = [schema, *schema.get("anyOf", ())]
    names = [each["$ref"].rpartition("/")[2] for each in written_out if "$ref" in each]
    schemas: list[Schema] = [*written_out, *(document["components"]["schemas"][name] for name in names)]
    fields = [field for each in schemas for field in each.get("properties", {}).items()]
    return [name for name, field in fields if takes_time(field)]


@pytest.mark.parametrize("name", BODIES)
def test_no_time_in_a_body_breaks_anything(name: str, people: People, world: World) -> None:
    method, _, path = name.partition(" ")
    times, more = BODIES[name]
    path, body = path.format(**vars(world)), dict(more)
    if path == "/service-accounts":
        body["project_id"] = world.project_id
    if method == "PATCH":
        for move in (":start", ":stop"):
            people.owner.made(f"/capture-sessions/{world.capture_session_id}{move}")
    singles = [{time: end} for time, end in product(times, ENDS)]
    pairs = [{times[0]: start, times[-1]: end} for start, end in PAIRS if len(times) > 1]
    broken: list[object] = []
    for given in [*singles, *pairs]:
        answer = people.owner.send(method, path, body | given)
        if answer.status_code >= 500:
            broken.append((given, answer.status_code))
    assert broken == []
    for time in OUTSIDE:
        assert people.owner.send(method, path, body | {times[0]: time}).status_code == 422
    # What was stored can be read again.
    for read in (f"/sensors/{world.sensor_id}/timeline", f"/projects/{world.project_id}/backfills"):
        assert people.owner.get(read).status_code == 200
