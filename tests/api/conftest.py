"""One API for all tests of this folder; each test makes projects of its own."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, fields
from functools import partial
from itertools import count

import pytest

from tests.api.lab import Lab, make_lab
from tests.api.server import Person, Server, serving
from tests.api.world import World, furnish
from tests.conftest import database_name, temporary_database

_numbers = count(1)


@dataclass(frozen=True)
class People:
    """Who calls. The outsider is a member of nothing."""

    admin: Person
    owner: Person
    editor: Person
    viewer: Person
    outsider: Person
    nobody: Person


@pytest.fixture(scope="session")
def server(
    server_url: str, template_name: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Server]:
    with (
        temporary_database(server_url, database_name(), template_name) as database_url,
        serving(database_url, data_dir=tmp_path_factory.mktemp("data")) as server,
    ):
        yield server


@pytest.fixture(scope="session")
def people(server: Server) -> Generator[People]:
    everyone = People(
        admin=server.person("admin@example.org", is_admin=True),
        owner=server.person("owner@example.org"),
        editor=server.person("editor@example.org"),
        viewer=server.person("viewer@example.org"),
        outsider=server.person("outsider@example.org"),
        nobody=Person("", server.client()),
    )
    yield everyone
    for field in fields(everyone):
        getattr(everyone, field.name).client.close()


@pytest.fixture
def owner(people: People) -> Person:
    return people.owner


@pytest.fixture
def newcomer(server: Server) -> Generator[Person]:
    """Somebody whom no other test knows."""
    person = server.person(f"newcomer{next(_numbers)}@example.org")
    yield person
    person.client.close()


ProjectMaker = Callable[..., str]


@pytest.fixture
def make_project(server: Server, people: People) -> ProjectMaker:
    """Makes projects of this test."""
    return partial(project_of, server, people)


def project_of(server: Server, people: People, **given: object) -> str:
    """A project with an owner, an editor and a viewer; its id."""
    project = people.owner.made("/projects", {"name": f"project {next(_numbers)}"} | given)
    server.add_members(project["id"], {people.editor.email: "editor", people.viewer.email: "viewer"})
    return project["id"]


@pytest.fixture(scope="module")
def standing_world(server: Server, people: People) -> World:
    """One of everything, for tests of a file that change nothing of it."""
    return furnish(server, people.owner, project_of(server, people))


@pytest.fixture
def project(make_project: ProjectMaker) -> str:
    return make_project()


@pytest.fixture
def sensor(owner: Person, project: str) -> str:
    return owner.made(f"/projects/{project}/sensors", {"key": "s"})["id"]


@pytest.fixture
def lab(server: Server, owner: Person, project: str) -> Lab:
    return make_lab(server, owner, project)
