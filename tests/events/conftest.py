"""A project whose owner makes webhooks, and whose events are told by hand."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.api.server import Person, Server, serving
from tests.events.receiver import Receiver, receiving
from tests.servers.own_redis import OwnRedis, own_redis


@dataclass(frozen=True)
class HookScene:
    """Somebody's project."""

    server: Server
    owner: Person
    project: str
    data_dir: Path

    @property
    def database_url(self) -> str:
        return self.server.database_url

    def tell(self, *kinds: str) -> list[str]:
        """Events, each in a transaction of its own; their ids."""
        return [event for kind in kinds for event in self.tell_together([kind])]

    def tell_together(self, kinds: Sequence[str]) -> list[str]:
        with psycopg.connect(self.database_url) as connection:
            return [
                str(row[0])
                for number, kind in enumerate(kinds)
                for row in connection.execute(
                    "insert into event (project_id, kind, payload)"
                    " select id, %s, %s from project where public_id = %s returning public_id",
                    (kind, Jsonb({"n": number}), self.project),
                ).fetchall()
            ]

    def hook(self, url: str, **given: object) -> dict[str, Any]:
        return self.owner.made(f"/projects/{self.project}/webhooks", {"url": url} | given)

    def look(self, hook: dict[str, Any]) -> dict[str, Any]:
        return self.owner.read(f"/webhooks/{hook['id']}")

    def deliveries(self, hook: dict[str, Any]) -> list[dict[str, Any]]:
        """Newest first."""
        return self.owner.read(f"/webhooks/{hook['id']}/deliveries", limit=500)["items"]

    def execute(self, statement: Any, *parameters: object) -> None:  # noqa: ANN401  # psycopg's
        with psycopg.connect(self.database_url) as connection:
            connection.execute(statement, parameters)


@contextmanager
def scene_on(database_url: str, folder: Path) -> Generator[HookScene]:
    """A project in this database."""
    with serving(database_url, data_dir=folder / "data") as server:
        owner = server.person("owner@example.org")
        project = owner.made("/projects", {"name": "rig"})["id"]
        yield HookScene(server, owner, project, folder / "data")
        owner.client.close()


@pytest.fixture
def scene(database_url: str, tmp_path: Path) -> Generator[HookScene]:
    with scene_on(database_url, tmp_path) as scene:
        yield scene


@pytest.fixture
def receiver() -> Generator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def redis(tmp_path: Path, executables: Executables, account: ServerAccount) -> Generator[OwnRedis]:
    with own_redis(tmp_path, executables, account) as redis:
        yield redis
