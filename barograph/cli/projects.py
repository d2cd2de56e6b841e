"""`project`, `token`: projects and what gateways send to them with."""

import argparse
from collections.abc import Iterator
from uuid import UUID

from barograph.cli.api_client import ApiClient, CommandRefused
from barograph.cli.noun import Commands, Noun, given
from barograph.cli.show import Answer, Item


def add_commands(commands: Commands) -> None:
    """Adds them."""
    project = Noun(commands, "project", "projects", ("id", "name", "role", "created_at"))
    create = project.verb("create", _create_project, "create a project, as its owner")
    create.add_argument("name")
    create.add_argument("--description")
    create.add_argument("--raw-access", choices=("members", "editors"), help="who sees raw values")
    project.lister(_list_projects, "list the projects you are a member of")

    token = Noun(commands, "token", "tokens for gateways", ("id", "name", "expires_at", "revoked_at"))
    create = token.verb("create", _create_token, "create a token; it is shown this once")
    add_project(create)
    create.add_argument("name")
    create.add_argument(
        "--sensor", action="append", metavar="KEY", help="may send for this one only; repeatable"
    )
    create.add_argument(
        "--producer",
        action="append",
        metavar="GLOB",
        dest="producers",
        help="may bind these only; repeatable",
    )
    create.add_argument("--expires-at", metavar="TIME")
    create.add_argument(
        "--may-resume",
        action=argparse.BooleanOptionalAction,
        help="may move the sequence of its producers (resume_at), or may not; "
        "by default it may for producers that it names or made",
    )
    add_project(token.lister(_list_tokens, "list a project's tokens"))


def add_project(parser: argparse.ArgumentParser) -> None:
    """The argument that names a project."""
    parser.add_argument("project", metavar="PROJECT", help="its id or name")


def project_path(api: ApiClient, options: argparse.Namespace) -> str:
    """Where the API keeps the project that a command names.

    Raises:
        CommandRefused: no project has the name, or several have.
    """
    if not is_id(options.project):
        found = [each["id"] for each in api.items("/api/v1/projects") if each["name"] == options.project]
        return f"/api/v1/projects/{the_one(found, f'project called {options.project!r}')}"
    return f"/api/v1/projects/{options.project}"


def sensor_id(api: ApiClient, project: str, key: str) -> str:
    """The id of a sensor named by key or id, in the project at this path."""
    if is_id(key):
        return key
    found = [each["id"] for each in api.items(f"{project}/sensors", key=key)]
    return the_one(found, f"sensor with the key {key!r}")


def is_id(text: str) -> bool:
    """Whether this is an id rather than a name."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def the_id(text: str, noun: str) -> str:
    """What names a thing that has no other name.

    Raises:
        CommandRefused: this is no id.
    """
    if not is_id(text):
        raise CommandRefused(f"{text!r} is not the id of a {noun}; `list` shows them.")
    return text


def the_one(found: list[str], what: str) -> str:
    """The only one of what was found.

    Raises:
        CommandRefused: there is none, or there are several.
    """
    match found:
        case [one]:
            return one
        case []:
            raise CommandRefused(f"There is no {what} that you may see.")
        case _:
            raise CommandRefused(f"There is more than one {what}; say which by its id: {', '.join(found)}.")


def _create_project(api: ApiClient, options: argparse.Namespace) -> Answer:
    return api.post("/api/v1/projects", given(options, "name", "description", "raw_access"))


def _list_projects(api: ApiClient, _: argparse.Namespace) -> Iterator[Item]:
    return api.items("/api/v1/projects")


def _create_token(api: ApiClient, options: argparse.Namespace) -> Answer:
    project = project_path(api, options)
    body = given(options, "name", "producers", "expires_at", "may_resume")
    if options.sensor:
        body["sensors"] = [sensor_id(api, project, key) for key in options.sensor]
    return api.post(f"{project}/ingest-tokens", body)


def _list_tokens(api: ApiClient, options: argparse.Namespace) -> Iterator[Item]:
    return api.items(f"{project_path(api, options)}/ingest-tokens")
