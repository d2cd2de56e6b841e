"""Every operation with generated requests, made by schemathesis from the OpenAPI document: requests that fit
it and requests that don't. None may end in a 5xx, every answer must be as the document says, and what does
not fit must be refused.

Ids in paths name things that exist, so that requests get past them; ids elsewhere may.
"""

from collections.abc import Generator
from copy import deepcopy
from functools import cache
from http import HTTPStatus
from typing import Any, cast
from uuid import uuid4

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import core as hypothesis_core
from hypothesis import strategies as st
from hypothesis.vendor.pretty import RepresentationPrinter
from schemathesis import GenerationMode
from schemathesis import checks as common
from schemathesis.generation.hypothesis import setup
from schemathesis.specs.openapi import checks as conformance

from tests.api.operations import Operation, application, operations
from tests.api.server import SIGNING_KEY, Person, Server, url_path
from tests.api.world import World, furnish
from tests.conftest import database_name, temporary_database
from tests.examples import also_nightly, ended_in_time, is_nightly, some_of, times
from tests.programs import running

# schemathesis has Hypothesis print nothing of an example, and other tests run in this process too.
setup()
cast("Any", hypothesis_core).RepresentationPrinter = RepresentationPrinter
CASES = 500
NIGHTLY_S = 15
"""For each of some hundred operations."""
OPERATIONS = 70
# Each of these costs a password's hash, which is made to be slow.
SLOW = {"POST /auth/login": 3}
SLOWNESS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
# What a request that does not fit may be answered with: it may also be wrong in other ways.
REFUSALS = ["401", "403", "404", "406", "409", "412", "413", "415", "422", "429"]


@pytest.fixture(scope="module")
def fuzzed(
    server_url: str, template_name: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Server]:
    """An API in a process of its own, so that it and the generator have a core each."""
    folder = tmp_path_factory.mktemp("fuzz")
    environment = {
        "BAROGRAPH_SIGNING_KEY": SIGNING_KEY,
        "BAROGRAPH_LOG_LEVEL": "error",
        "BAROGRAPH_DATA_DIR": str(folder),
    }
    with (
        temporary_database(server_url, database_name(), template_name) as database_url,
        running("api", database_url, folder / "api.log", environment) as program,
    ):
        yield Server(program.url, database_url)


@pytest.fixture(scope="module")
def email(fuzzed: Server) -> str:
    fuzzed.register("fuzz@example.org")
    return "fuzz@example.org"


@pytest.fixture
def person(fuzzed: Server, email: str) -> Generator[Person]:
    """Logged in anew: some operations end all log-ins."""
    with fuzzed.client(fuzzed.log_in(email)["access_token"]) as client:
        yield Person(email, client)


@pytest.fixture(scope="module")
def standing_world(fuzzed: Server, email: str) -> World:
    """For operations from which the others still find what they ask about."""
    with fuzzed.client(fuzzed.log_in(email)["access_token"]) as client:
        return fresh_world(fuzzed, Person(email, client))


@pytest.fixture
def world(request: pytest.FixtureRequest, fuzzed: Server, person: Person, operation: Operation) -> World:
    """The test's own for all others; in the nightly run for each that changes anything."""
    takes_away = operation.method == "DELETE" if times() == 1 else operation.method != "GET"
    if not takes_away:
        return request.getfixturevalue("standing_world")
    return fresh_world(fuzzed, person)


def fresh_world(server: Server, person: Person) -> World:
    project = person.made("/projects", {"name": "fuzzed"})
    return furnish(server, person, project["id"])


@pytest.fixture(scope="module")
def session() -> Generator[requests.Session]:
    with requests.Session() as session:
        yield session


def ends(operation: Operation) -> bool:
    """Whether its answer does."""
    described = application().openapi()["paths"][url_path(operation.path)][operation.method.lower()]
    return "text/event-stream" not in described["responses"].get("200", {}).get("content", {})


@also_nightly
@pytest.mark.parametrize("operation", some_of(filter(ends, operations()), OPERATIONS), ids=str)
def test_no_request_breaks_the_api_or_its_document(
    operation: Operation, fuzzed: Server, person: Person, world: World, session: requests.Session
) -> None:
    schemathesis.openapi.format("uuid", st.sampled_from([*vars(world).values(), str(uuid4())]))

    @settings(
        max_examples=SLOW.get(str(operation), CASES // len(operations())) * times(),
        deadline=None,
        database=None,
        derandomize=not is_nightly(),
        suppress_health_check=SLOWNESS,
        phases=[Phase.generate],
    )
    @given(requests_of(operation, person, world))
    def attempt(case: Any) -> None:  # noqa: ANN401  # as the strategy's
        answer = case.call(base_url=fuzzed.url, session=session)
        # Refused before anything knows which operation is meant.
        if answer.status_code != HTTPStatus.REQUEST_URI_TOO_LONG:
            case.validate_response(answer, checks=checks_to_make())

    ended_in_time(attempt, NIGHTLY_S)()


# schemathesis leaves its generics open, which would make everything here partly unknown to the type checker.
def requests_of(operation: Operation, person: Person, world: World) -> st.SearchStrategy[Any]:
    path = url_path(operation.path)
    described = schema()[path][operation.method]
    fixed: dict[str, Any] = {
        "path_parameters": {name: value for name, value in vars(world).items() if f"{{{name}}}" in path},
        "headers": {"Authorization": person.client.headers["Authorization"]},
    }
    return st.one_of(*(described.as_strategy(generation_mode=mode, **fixed) for mode in GenerationMode))


@cache
def schema() -> Any:  # noqa: ANN401  # see above
    rejection = {"negative_data_rejection": {"expected-statuses": REFUSALS}}
    config = cast("Any", schemathesis.Config).from_dict({"checks": rejection})
    return schemathesis.openapi.from_dict(deepcopy(application().openapi()), config=config)


@cache
def checks_to_make() -> list[Any]:
    known = cast("Any", conformance)
    return [
        cast("Any", common).not_a_server_error,
        known.status_code_conformance,
        known.content_type_conformance,
        known.response_headers_conformance,
        known.response_schema_conformance,
        known.negative_data_rejection,
    ]
