"""What a body is refused for, in words of HTTP and JSON."""

import pytest

from tests.api.conftest import People
from tests.api.server import PREFIX

WANTED = "must be a JSON object"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("[]", WANTED),
        ('"name"', WANTED),
        ("null", WANTED),
        ("{name: 1}", "is no JSON: Expecting property name enclosed in double quotes, at character 1"),
        ("", "the request has no body"),
    ],
)
def test_a_body_that_is_no_object_is_told_so(people: People, body: str, detail: str) -> None:
    answer = people.owner.client.post(
        f"{PREFIX}/projects", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"pointer": "", "detail": detail}]


def test_a_key_that_is_not_valid_is_pointed_at(people: People) -> None:
    runs = ["3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11", "3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b12"]
    body = {"runs": runs, "sensors": ["p1"], "shift_us": {"first": 1}}
    answer = people.owner.client.post(f"{PREFIX}/comparisons", json=body)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/shift_us/first"]
