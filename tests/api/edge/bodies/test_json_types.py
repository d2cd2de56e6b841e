"""Numbers and booleans in bodies."""

from typing import Any, Literal

import pytest
from pydantic import Field, ValidationError

from api.edge.bodies.fields import Input
from tests.api.conftest import People
from tests.api.server import PREFIX


class Part(Input):
    whole: int = 0


class Body(Input):
    whole: int | None = Field(default=None, ge=0)
    number: float | Literal["NaN"] = 0.0
    flag: bool = False
    wholes: list[int] = Field(default_factory=list)
    by_name: dict[str, float] = Field(default_factory=dict)
    part: Part = Part()


@pytest.mark.parametrize(
    "body",
    [
        {"whole": 5}, {"whole": 5.0}, {"whole": None}, {"number": 1}, {"number": 1.5}, {"number": "NaN"},
        {"flag": True}, {"wholes": [1, 2.0]}, {"by_name": {"a": 1}}, {"part": {"whole": 3}},
    ],
)  # fmt: skip
def test_what_json_has_is_taken(body: dict[str, Any]) -> None:
    assert Body.model_validate(body).model_dump(exclude_unset=True) == body


@pytest.mark.parametrize(
    "body",
    [
        {"whole": "5"}, {"whole": True}, {"whole": 5.5}, {"number": "1.5"}, {"number": False}, {"flag": 1},
        {"flag": "yes"}, {"wholes": ["1"]}, {"by_name": {"a": "1"}}, {"part": {"whole": False}},
    ],
)  # fmt: skip
def test_nothing_becomes_a_number_or_a_boolean(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Body.model_validate(body)


def test_a_client_is_told_which(people: People) -> None:
    answer = people.owner.client.post(f"{PREFIX}/projects", json={"name": "Rigs", "rejects_keep_days": "30"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "/rejects_keep_days", "detail": "Input should be a valid integer"}
    ]
