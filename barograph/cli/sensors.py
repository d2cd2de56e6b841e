"""`sensor`, `profile`: sensors and the versions of their calibration."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from barograph.cli.api_client import ApiClient, CommandRefused
from barograph.cli.noun import Commands, Noun, given
from barograph.cli.projects import add_project, project_path, sensor_id
from barograph.cli.show import Answer, Item

STATUSES = ("registering", "active", "inactive", "decommissioned")


def add_commands(commands: Commands) -> None:
    """Adds them."""
    sensor = Noun(
        commands, "sensor", "sensors", ("id", "key", "kind", "output_unit", "status", "last_seen_at")
    )
    create = sensor.verb("create", _create_sensor, "create a sensor")
    add_project(create)
    create.add_argument("key", help="unique in the project")
    for name in ("--name", "--kind", "--input-unit", "--output-unit"):
        create.add_argument(name)
    create.add_argument("--tag", action="append", dest="tags", help="repeatable")
    listing = sensor.lister(_list_sensors, "list a project's sensors")
    add_project(listing)
    listing.add_argument("--status", choices=STATUSES)
    listing.add_argument("--tag", action="append", help="all must match; repeatable")
    listing.add_argument("--q", metavar="TEXT", help="stands in the key or name")
    _add_profile_commands(commands)


def version_of(api: ApiClient, profiles: str, number: int) -> Item:
    """The version with this number, of those at this path.

    Raises:
        CommandRefused: there is none.
    """
    version = next((each for each in api.items(profiles) if each["number"] == number), None)
    if version is None:
        raise CommandRefused(f"The sensor has no version {number}.")
    return version


def _add_profile_commands(commands: Commands) -> None:
    profile = Noun(
        commands, "profile", "versions of a sensor's calibration", ("number", "id", "kind", "validity")
    )
    create = profile.verb("create", _create_profile, "save a version; it holds once it is activated")
    _add_sensor(create)
    create.add_argument("kind", help="such as linear, polynomial, thermocouple")
    create.add_argument("payload", nargs="?", default="{}", help="JSON, or @FILE")
    create.add_argument("--note")
    activate = profile.verb("activate", _activate_profile, "let a version hold")
    _add_sensor(activate)
    activate.add_argument("number", type=int, help="of the version")
    activate.add_argument("--valid-from", metavar="TIME", help="default: now; the first time, always")
    activate.add_argument("--valid-to", metavar="TIME", help="default: without end")
    _add_sensor(profile.lister(_list_profiles, "list a sensor's versions"))


def _add_sensor(parser: argparse.ArgumentParser) -> None:
    add_project(parser)
    parser.add_argument("sensor", metavar="SENSOR", help="its key or id")


def _create_sensor(api: ApiClient, options: argparse.Namespace) -> Answer:
    fields = given(options, "key", "name", "kind", "input_unit", "output_unit", "tags")
    return api.post(f"{project_path(api, options)}/sensors", fields)


def _list_sensors(api: ApiClient, options: argparse.Namespace) -> Iterator[Item]:
    return api.items(f"{project_path(api, options)}/sensors", **given(options, "status", "tag", "q"))


def _create_profile(api: ApiClient, options: argparse.Namespace) -> Answer:
    fields = given(options, "kind", "note") | {"payload": _payload(options.payload)}
    return api.post(_profiles(api, options), fields)


def _activate_profile(api: ApiClient, options: argparse.Namespace) -> Answer:
    version = version_of(api, _profiles(api, options), options.number)
    path = f"/api/v1/conversion-profiles/{version['id']}:activate"
    return api.post(path, given(options, "valid_from", "valid_to"))


def _list_profiles(api: ApiClient, options: argparse.Namespace) -> Iterator[Item]:
    return api.items(_profiles(api, options))


def _profiles(api: ApiClient, options: argparse.Namespace) -> str:
    sensor = sensor_id(api, project_path(api, options), options.sensor)
    return f"/api/v1/sensors/{sensor}/conversion-profiles"


def _payload(text: str) -> Any:  # noqa: ANN401  # any JSON
    content = Path(text.removeprefix("@")).read_text() if text.startswith("@") else text
    try:
        return json.loads(content)
    except ValueError as error:
        raise CommandRefused(f"The payload is no JSON: {error}") from None
