"""Texts by which people find something have a character that somebody sees."""

from collections.abc import Iterator

import psycopg
import pytest
from pydantic import ValidationError

from api.edge.bodies.fields import Input
from tests.api.operations import application
from tests.api.server import Person, Server

FOUND_BY = ("name", "key", "text", "tags")
# A person needs no name: blanks are none.
NAMELESS = {"OwnAccount", "Registration"}
BLANKS = ("  ", "\t", "\u00a0", "\u200b\u200d", "\u3164")


def bodies() -> list[type[Input]]:
    """All that clients may send; answers are made of them, too."""
    application()
    return sorted(set(_below(Input)), key=lambda model: model.__name__)


def _below(model: type[Input]) -> Iterator[type[Input]]:
    for each in model.__subclasses__():
        if each.model_config.get("extra") == "forbid" and each.__name__ not in NAMELESS:
            yield each
        yield from _below(each)


NAMED = [(model, name) for model in bodies() for name in FOUND_BY if name in model.model_fields]


def test_there_are_such_bodies() -> None:
    assert {"ProjectFields", "NewRun", "TokenFields", "SensorFields", "MetricPoint"} <= {
        model.__name__ for model, _ in NAMED
    }


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
@pytest.mark.parametrize(("model", "name"), NAMED, ids=lambda part: getattr(part, "__name__", part))
def test_blanks_alone_are_none(model: type[Input], name: str, blank: str) -> None:
    sent = {name: [blank] if name == "tags" else blank}
    with pytest.raises(ValidationError) as caught:
        model.model_validate(sent)
    assert name in {error["loc"][0] for error in caught.value.errors()}


def test_a_patch_makes_no_name_of_blanks_and_one_that_is_stored_is_shown(
    server: Server, owner: Person, project: str
) -> None:
    path = f"/experiments/{owner.made(f'/projects/{project}/experiments', {'name': 'e'})['id']}"
    answer = owner.patch(path, {"name": " "})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/name")
    with psycopg.connect(server.database_url) as connection:
        connection.execute("update experiment set name = ' ' where name = 'e'")
    assert owner.read(path)["name"] == " "
