"""Makes the sensors and profile versions that a file of an export describes, in a project that lacks them."""

from pathlib import Path

from barograph.cli.api_client import ApiClient
from barograph.cli.verb import CommandRefused, Item
from barograph.errors import Invalid
from barograph.exports.said import sensors_said


def is_said(file: Path) -> bool:
    """Whether the file says which sensors it holds, as exports do."""
    try:
        return file.is_file() and bool(sensors_said(file))
    except Invalid:
        return False


def make_sensors(api: ApiClient, project: str, file: Path) -> list[str]:
    """Makes those that the project at this path lacks; one that it has stays as it is. The new keys.

    Raises:
        CommandRefused: the file says nothing of sensors.
    """
    try:
        said = sensors_said(file)
    except Invalid as error:
        raise CommandRefused(error.detail) from None
    if not said:
        raise CommandRefused("The file does not say what sensors it holds: it is no export.")
    missing = [each for each in said if not list(api.items(f"{project}/sensors", key=each["key"]))]
    made = [(api.post(f"{project}/sensors", _fields(each))["id"], each) for each in missing]
    # All sensors first: a profile may need another sensor.
    for sensor_id, each in made:
        _make_profiles(api, sensor_id, each)
    return [each["key"] for each in missing]


def _fields(sensor: Item) -> Item:
    return {name: sensor[name] for name in ("key", "input_unit", "output_unit")}


def _make_profiles(api: ApiClient, sensor_id: str, sensor: Item) -> None:
    ids: dict[int, str] = {}
    for profile in sensor["profiles"]:
        if "payload" not in profile:
            raise CommandRefused(f"The file holds no payloads of the profiles of {sensor['key']}.")
        body = {name: profile[name] for name in ("kind", "payload", "note")}
        ids[profile["number"]] = api.post(f"/api/v1/sensors/{sensor_id}/conversion-profiles", body)["id"]
    for number, start, end in sensor["timeline"]:
        api.post(
            f"/api/v1/conversion-profiles/{ids[number]}:activate", {"valid_from": start, "valid_to": end}
        )
