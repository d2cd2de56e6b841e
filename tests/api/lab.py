"""A project at work: experiments, runs, sensors and capture sessions, made through the API."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import psycopg

from api.rights.states import CaptureStatus, RunStatus
from barograph.database.queries import query
from tests.api.server import Person, Server

_numbers = count(1)
BAROGRAPH = {"actor_id": None, "actor": "barograph", "role": None}
# How to get from a draft to each state.
RUN_WAYS: dict[RunStatus, list[RunStatus]] = {
    "draft": [],
    "running": ["running"],
    "finished": ["running", "finished"],
    "failed": ["running", "failed"],
    "archived": ["archived"],
}
CAPTURE_WAYS: dict[CaptureStatus, list[CaptureStatus]] = {
    "draft": [],
    "running": ["running"],
    "succeeded": ["running", "succeeded"],
    "failed": ["running", "failed"],
    "backfilling": ["running", "succeeded", "backfilling"],
    "archived": ["archived"],
}


@dataclass(frozen=True)
class Lab:
    """Somebody's project. Things are told apart by their public ids."""

    server: Server
    person: Person
    project: str
    experiment: str = field(default="")

    def sensor(self, key: str | None = None) -> str:
        body = {"key": key or f"sensor {next(_numbers)}"}
        return self.person.made(f"/projects/{self.project}/sensors", body)["id"]

    def new_experiment(self, status: RunStatus = "draft", **given: object) -> str:
        body = {"name": f"experiment {next(_numbers)}"} | given
        made = self.person.made(f"/projects/{self.project}/experiments", body)["id"]
        self.go(f"/experiments/{made}", RUN_WAYS[status])
        return made

    def new_run(self, status: RunStatus = "draft", *, sensors: tuple[str, ...] = (), **given: object) -> str:
        body = {"name": f"run {next(_numbers)}"} | given
        made = self.person.made(f"/experiments/{self.experiment}/runs", body)["id"]
        for sensor in sensors:
            assert self.bind(made, sensor).status_code == 200
        self.go(f"/runs/{made}", RUN_WAYS[status])
        return made

    def new_session(self, run: str, status: CaptureStatus = "draft", **given: object) -> str:
        made = self.person.made(f"/runs/{run}/capture-sessions", given)["id"]
        self.go(f"/capture-sessions/{made}", CAPTURE_WAYS[status])
        return made

    def go(self, path: str, way: list[Any]) -> None:
        """Moves something through states."""
        for status in way:
            if status == "backfilling":
                self.serve_move(path, "succeeded", status)
                continue
            answer = self.move(path, status)
            assert answer.status_code == 200, answer.text

    def succeed(self, session: str, status: CaptureStatus) -> None:
        """Ends a session that is active: by a person, or as a backfill ends."""
        if status == "backfilling":
            assert self.serve_move(session, status, "succeeded") == 1
        else:
            self.go(f"/capture-sessions/{session}", ["succeeded"])

    def serve_move(self, path: str, old: str, new: str) -> int:
        """Moves a capture session as a backfill does; nobody may ask for it. How many were moved."""
        public_id = path.rpartition("/")[2]
        with self.connect() as connection:
            found = connection.execute("select id from capture_session where public_id = %s", (public_id,))
            own = {"ids": [session_id for (session_id,) in found], "from": [old], "to": new, "reason": None}
            return connection.execute(query("capture_session.move"), own | BAROGRAPH).rowcount

    def move(self, path: str, status: str, **given: object) -> httpx.Response:
        return self.person.patch(path, {"status": status} | given)

    def bind(self, run: str, sensor: str) -> httpx.Response:
        return self.person.send("PUT", f"/runs/{run}/sensors/{sensor}")

    def unbind(self, run: str, sensor: str) -> httpx.Response:
        return self.person.delete(f"/runs/{run}/sensors/{sensor}")

    def status(self, path: str) -> str:
        return self.person.read(path)["status"]

    def sensors_of(self, session: str) -> set[str]:
        items = self.person.read(f"/capture-sessions/{session}/sensors")["items"]
        return {item["id"] for item in items}

    def history(self, path: str) -> list[tuple[str, str]]:
        """The moves, oldest first."""
        items = self.person.read(f"{path}/history")["items"]
        return [(item["from"], item["to"]) for item in reversed(items)]

    def connect(self) -> psycopg.Connection[Any]:
        """The database behind it."""
        return psycopg.connect(self.server.database_url)


def make_lab(server: Server, person: Person, project: str) -> Lab:
    """With one experiment, a draft."""
    return Lab(server, person, project, Lab(server, person, project).new_experiment())
