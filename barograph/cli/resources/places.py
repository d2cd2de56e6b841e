"""Where the API keeps what commands name, by name, key or id."""

import re
from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from barograph.cli.api_client import ApiClient
from barograph.cli.verb import CommandRefused, Item, argument
from barograph.similar import did_you_mean

Place = Callable[[ApiClient, Namespace], str]
# Names that are looked at to say what was probably meant.
MAX_NAMES = 2000

OF_PROJECT = (argument("project", metavar="PROJECT", help="its name or id"),)
OF_SENSOR = (*OF_PROJECT, argument("sensor", metavar="SENSOR", help="its key or id"))
OF_EXPERIMENT = (*OF_PROJECT, argument("experiment", metavar="EXPERIMENT", help="its name or id"))
OF_RUN = (argument("run", metavar="RUN", help="its id"),)
OF_SESSION = (argument("session", metavar="SESSION", help="its id"),)


def path(api: ApiClient, options: Namespace, template: str) -> str:
    """A template such as `{project}/sensors`, with the place of what the options name.

    Raises:
        CommandRefused: they name nothing, or several things.
    """
    return re.sub(r"{(\w+)}", lambda found: PLACES[found[1]](api, options), template)


def project_path(api: ApiClient, options: Namespace) -> str:
    """The path of the project that a command names.

    Raises:
        CommandRefused: no project has the name, or several have.
    """
    if is_id(options.project):
        return f"/api/v1/projects/{options.project}"
    projects = list(api.items("/api/v1/projects", max_items=MAX_NAMES))
    found = [each["id"] for each in projects if each["name"] == options.project]
    hint = did_you_mean(options.project, (each["name"] for each in projects))
    return f"/api/v1/projects/{the_one(found, f'project called {options.project!r}', hint)}"


def sensor_id(api: ApiClient, project: str, key: str) -> str:
    """The id of a sensor named by key or id, in the project at this path.

    Raises:
        CommandRefused: there is none.
    """
    if is_id(key):
        return key
    found = [each["id"] for each in api.items(f"{project}/sensors", key=key)]
    hint = "" if found else did_you_mean(key, _keys(api.items(f"{project}/sensors", max_items=MAX_NAMES)))
    return the_one(found, f"sensor with the key {key!r}", hint)


def experiment_path(api: ApiClient, options: Namespace) -> str:
    """The path of the experiment that a command names.

    Raises:
        CommandRefused: there is none.
    """
    experiment: str = options.experiment
    if not is_id(experiment):
        listed = list(api.items(f"{project_path(api, options)}/experiments", max_items=MAX_NAMES))
        found = [each["id"] for each in listed if each["name"].lower() == experiment.lower()]
        hint = did_you_mean(experiment, (each["name"] for each in listed))
        experiment = the_one(found, f"experiment called {experiment!r}", hint)
    return f"/api/v1/experiments/{experiment}"


def member_path(api: ApiClient, options: Namespace) -> str:
    """The path of the member with an email.

    Raises:
        CommandRefused: there is none.
    """
    members = f"{project_path(api, options)}/members"
    found = [each["id"] for each in api.items(members) if each["email"].lower() == options.who.lower()]
    return f"{members}/{the_one(found, f'member with the email {options.who}')}"


def producer_path(api: ApiClient, options: Namespace) -> str:
    """The path of the producer that a command names.

    Raises:
        CommandRefused: there is none.
    """
    name: str = options.producer
    if not is_id(name):
        producers = f"{project_path(api, options)}/producers"
        found = [each["id"] for each in api.items(producers, name=name)]
        known = () if found else (each["name"] for each in api.items(producers, max_items=MAX_NAMES))
        name = the_one(found, f"producer called {name!r}", did_you_mean(name, known))
    return f"/api/v1/producers/{name}"


def user_path(api: ApiClient, options: Namespace) -> str:
    """The path of the account with an email.

    Raises:
        CommandRefused: there is none.
    """
    found = [each["id"] for each in api.items("/api/v1/users", email=options.who)]
    return f"/api/v1/users/{the_one(found, f'account with the email {options.who}')}"


def version_of(api: ApiClient, profiles: str, number: int) -> Item:
    """The version with this number, of those at this path.

    Raises:
        CommandRefused: there is none.
    """
    version = next((each for each in api.items(profiles) if each["number"] == number), None)
    if version is None:
        raise CommandRefused(f"The sensor has no version {number}.")
    return version


def is_id(text: str) -> bool:
    """Whether this is an id rather than a name."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def the_id(text: str, noun: str) -> str:
    """The id of a thing that has no other name.

    Raises:
        CommandRefused: this is no id.
    """
    if not is_id(text):
        raise CommandRefused(f"{text!r} is not the id of a {noun}; `list` shows them.")
    return text


def the_one(found: list[str], what: str, hint: str = "") -> str:
    """The only one of what was found.

    Raises:
        CommandRefused: there is none, or there are several.
    """
    match found:
        case [one]:
            return one
        case []:
            raise CommandRefused(f"There is no {what} that you may see.{hint}")
        case _:
            raise CommandRefused(f"There is more than one {what}; say which by its id: {', '.join(found)}.")


def _keys(sensors: Iterable[Item]) -> Iterable[str]:
    return (each["key"] for each in sensors)


def _sensor_path(api: ApiClient, options: Namespace) -> str:
    if is_id(options.sensor):
        return f"/api/v1/sensors/{options.sensor}"
    return f"/api/v1/sensors/{sensor_id(api, project_path(api, options), options.sensor)}"


def _profile_path(api: ApiClient, options: Namespace) -> str:
    profiles = f"{_sensor_path(api, options)}/conversion-profiles"
    return f"/api/v1/conversion-profiles/{version_of(api, profiles, options.number)['id']}"


def _by_id(collection: str, option: str, noun: str) -> Place:
    return lambda _, options: f"/api/v1/{collection}/{the_id(getattr(options, option), noun)}"


PLACES: Mapping[str, Place] = {
    "project": project_path,
    "sensor": _sensor_path,
    "profile": _profile_path,
    "experiment": experiment_path,
    "member": member_path,
    "producer": producer_path,
    "user": user_path,
    "run": _by_id("runs", "run", "run"),
    "session": _by_id("capture-sessions", "session", "capture session"),
    "token": _by_id("ingest-tokens", "token", "token"),
    "service_account": _by_id("service-accounts", "service_account", "service account"),
    "invitation": _by_id("invitations", "invitation", "invitation"),
    "backfill": _by_id("backfills", "backfill", "backfill"),
    "measure": _by_id("measures", "measure", "measure"),
    "annotation": _by_id("annotations", "annotation", "annotation"),
    "view": _by_id("views", "view", "view"),
    "comparison": _by_id("comparisons", "comparison", "comparison"),
    "limit": _by_id("limits", "limit", "limit"),
    "alarm": _by_id("alarms", "alarm", "alarm"),
    "webhook": _by_id("webhooks", "webhook", "webhook"),
    "delivery": _by_id("deliveries", "delivery", "delivery"),
    "artifact": _by_id("artifacts", "artifact_id", "artifact"),
    "export": _by_id("exports", "export_id", "export"),
    "import": _by_id("imports", "import_id", "import"),
}
