"""405 says in `Allow` what there is: all methods of the path, from whichever route they come."""

from collections import defaultdict

import pytest

from tests.api.conftest import People
from tests.api.operations import operations
from tests.api.server import url_path

METHODS: dict[str, set[str]] = defaultdict(set)
for _operation in operations():
    METHODS[_operation.path].add(_operation.method)


@pytest.mark.parametrize("path", sorted(METHODS))
def test_allow_names_all_methods_of_a_path(people: People, path: str) -> None:
    names = "00000000-0000-4000-8000-000000000000"
    filled = "/".join(
        names + part.partition("}")[2] if part.startswith("{") else part for part in path.split("/")
    )
    answer = people.owner.client.request("TRACE", url_path(filled))
    assert answer.status_code == 405
    allowed = {method.strip() for method in answer.headers["allow"].split(",")}
    assert allowed - {"HEAD", "OPTIONS"} == METHODS[path]
