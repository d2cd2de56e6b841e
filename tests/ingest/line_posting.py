"""Bodies of line protocol to send, and projects that take them."""

from typing import Any

import httpx
import psycopg

from barograph.times import now_us
from tests.ingest.database import ask
from tests.seed import Project, change_catalog


def set_project(database_url: str, project: Project, **settings: object) -> None:
    """Changes settings of a project, as the API does: `sensor_key_template`, `register_sensors_up_to`."""
    with psycopg.connect(database_url) as connection:
        change_catalog(connection, project.id)
        for name, value in settings.items():
            connection.execute(
                f"update project set {name} = %s where id = %s",  # noqa: S608  # pyright: ignore[reportArgumentType, reportCallIssue]
                (value, project.id),
            )


def now_ns() -> int:
    return now_us() * 1000


def write(client: httpx.Client, *lines: str, path: str = "/write", **more: Any) -> httpx.Response:  # noqa: ANN401  # as httpx
    return client.post(path, content="\n".join(lines).encode(), **more)


def keys(database_url: str, project: Project) -> list[str]:
    """All sensors' keys of the project, in the order they were made."""
    rows = ask(database_url, "select key from sensor where project_id = %s order by id", project.id)
    return [key for (key,) in rows]


def readings(database_url: str, project: Project) -> list[tuple[str, float]]:
    """Key and raw value of all readings of the project, by key and time."""
    return [
        (key, raw)
        for key, raw in ask(
            database_url,
            "select key, raw from any_reading join sensor on sensor.id = sensor_id where project_id = %s"
            " order by key, time, raw",
            project.id,
        )
    ]
