"""The API as its tests reach it: a real server in a thread, and people who call it."""

import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psycopg
import uvicorn
from argon2 import PasswordHasher

from api.app import create_app
from barograph.database.schema.program_roles import ProgramRole
from barograph.program.http.server import configure, listen
from barograph.settings import Settings
from tests.programs import ACCESS_TOKEN_S, free_port, url_of

PREFIX = "/api/v1"
PASSWORD = "correct horse"
Headers = Mapping[str, str]
Parameter = str | int | Sequence[str]
Parameters = Mapping[str, Parameter]
T = TypeVar("T")
SIGNING_KEY = "tests sign with a key of 32 bytes or more"
# Made to be cheap; real ones take 64 MiB and 50 ms.
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def url_path(path: str) -> str:
    """Where a path, as operations and tests name it, is served."""
    return path if path.startswith(("/auth", "/session")) else PREFIX + path


@dataclass(frozen=True)
class Person:
    """Somebody with an account, logged in. Paths are below `/api/v1` unless they name /auth or /session."""

    email: str
    client: httpx.Client

    def get(self, path: str, params: Parameters | None = None) -> httpx.Response:
        return self.send("GET", path, params=params)

    def post(self, path: str, body: object = None, headers: Headers | None = None) -> httpx.Response:
        return self.send("POST", path, body, headers)

    def patch(self, path: str, body: object, headers: Headers | None = None) -> httpx.Response:
        return self.send("PATCH", path, body, headers)

    def delete(self, path: str, headers: Headers | None = None) -> httpx.Response:
        return self.send("DELETE", path, None, headers)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Headers | None = None,
        params: Parameters | None = None,
    ) -> httpx.Response:
        return self.client.request(method, url_path(path), json=body, headers=headers, params=params)

    def made(self, path: str, body: object = None) -> dict[str, Any]:
        """What a POST answers with, which must succeed."""
        answer = self.post(path, body)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    def join(self, owner: "Person", project_id: str, role: str) -> dict[str, Any]:
        """Becomes a member of the owner's project: is invited, and accepts. The membership."""
        invitation = owner.made(f"/projects/{project_id}/members", {"email": self.email, "role": role})
        return self.made("/invitations:accept", {"token": invitation["token"]})

    def read(self, path: str, **parameters: Parameter) -> dict[str, Any]:
        """What a GET answers with, which must succeed."""
        answer = self.get(path, parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass(frozen=True)
class Server:
    """A running API and its database.

    Attributes:
        people: all that were made; their clients are closed with the server. One that nobody holds any more
            would be complained of in whatever test runs when it is collected.
    """

    url: str
    database_url: str
    data_dir: Path | None = None
    people: list[Person] = field(default_factory=list[Person], repr=False, compare=False)

    def client(self, token: str | None = None) -> httpx.Client:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def register(self, email: str, *, is_admin: bool = False) -> None:
        with psycopg.connect(self.database_url) as connection:
            connection.execute(
                "insert into account (email, password_hash, is_admin) values (%s, %s, %s)",
                (email, PASSWORD_HASH, is_admin),
            )

    def log_in(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        """The token pair."""
        answer = self.try_log_in(email, password)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def try_log_in(self, email: str, password: str = PASSWORD, address: str = "127.0.0.1") -> httpx.Response:
        """What a log-in is answered with; uvicorn takes this machine's word for the address."""
        return self.post("/auth/login", {"email": email, "password": password}, {"X-Forwarded-For": address})

    def post(self, path: str, body: object, headers: Headers | None = None) -> httpx.Response:
        """Posted by nobody in particular."""
        with self.client() as client:
            return client.post(url_path(path), json=body, headers=headers)

    def person(self, email: str, *, is_admin: bool = False) -> Person:
        """A new account, logged in."""
        self.register(email, is_admin=is_admin)
        self.people.append(Person(email, self.client(self.log_in(email)["access_token"])))
        return self.people[-1]

    def add_member(self, project_id: str, email: str, role: str) -> None:
        self.add_members(project_id, {email: role})

    def add_members(self, project_id: str, roles: Mapping[str, str]) -> None:
        """The role of each email."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute(
                "insert into member (project_id, account_id, role)"
                " select project.id, account.id, given.role from project, account"
                " join unnest(%s::text[], %s::text[]) as given (email, role) using (email)"
                " where project.public_id = %s",
                (list(roles), list(roles.values()), project_id),
            )


@contextmanager
def serving(database_url: str, **settings: object) -> Generator[Server]:
    """An API on a database; the server is gone afterwards."""
    port = free_port()
    usual = {"access_token_s": ACCESS_TOKEN_S, "trusted_proxies": "127.0.0.1"}
    given = {"signing_key": SIGNING_KEY, "api_port": port} | usual | settings
    chosen = Settings.model_validate(given)
    server = uvicorn.Server(
        configure(create_app(chosen, url_of(ProgramRole.API, database_url)), chosen, shutdown_s=5)
    )
    thread = threading.Thread(target=server.run, args=([listen("127.0.0.1", port)],))
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        served = Server(f"http://127.0.0.1:{port}", database_url, chosen.data_dir)
        yield served
        for person in served.people:
            person.client.close()
    finally:
        server.should_exit = True
        thread.join()


def at_once(*calls: Callable[[], T]) -> list[T]:
    """What calls made at the same moment return."""
    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result() for future in [threads.submit(call) for call in calls]]
