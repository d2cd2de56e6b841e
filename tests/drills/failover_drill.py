"""Two machines under Patroni that somebody streams to and asks, while something happens to them."""

from collections.abc import Generator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.api.server import SIGNING_KEY, Person, Server
from tests.drills.patroni_pair import PatroniPair, patroni_pair
from tests.ingest.steady_gateway import SteadyGateway
from tests.programs import Program, running
from tests.seed import seed_project
from tools.programs.patroni import PatroniPrograms


@dataclass(frozen=True)
class FailoverDrill:
    """Two machines under Patroni."""

    folder: Path
    programs: PatroniPrograms
    executables: Executables
    account: ServerAccount

    def pair(self) -> AbstractContextManager[PatroniPair]:
        """By themselves."""
        return patroni_pair(self.folder, self.programs, self.executables, self.account)

    @contextmanager
    def streaming(self) -> Generator[tuple[PatroniPair, SteadyGateway]]:
        """And a gateway that streams meanwhile. In the end, what had an ack must be there, once."""
        with self.used() as used:
            yield used.pair, used.gateway

    @contextmanager
    def used(self) -> Generator["UsedPair"]:
        """The same, with somebody who may ask the API."""
        with (
            self.pair() as pair,
            running("ingest", pair.url, self.folder / "ingest.log") as ingest,
            running("api", pair.url, self.folder / "api.log", self._api_settings()) as api,
        ):
            person = Server(api.url, pair.url).person("ada@example.org")
            with closing(person.client), SteadyGateway(ingest, seed_project(pair.url)) as gateway:
                yield UsedPair(pair, gateway, person, (ingest, api))
            gateway.check(pair.url)

    def _api_settings(self) -> dict[str, str]:
        return {"BAROGRAPH_SIGNING_KEY": SIGNING_KEY, "BAROGRAPH_DATA_DIR": str(self.folder / "data")}


@dataclass(frozen=True)
class UsedPair:
    """The machines, and who uses them."""

    pair: PatroniPair
    gateway: SteadyGateway
    person: Person
    programs: tuple[Program, ...]

    def all_answer(self) -> bool:
        """Whether every program is ready, and a question is answered."""
        return {answer.status_code for answer in self._answers()} == {200}

    def all_refuse(self) -> bool:
        """Whether no program is ready, and a question gets a 503 that says when to try again."""
        try:
            answers = self._answers()
        except httpx.TimeoutException:  # asked while PostgreSQL went
            return False
        return all(answer.status_code == 503 and "retry-after" in answer.headers for answer in answers)

    def _answers(self) -> list[httpx.Response]:
        ready = [httpx.get(f"{program.url}/ready", timeout=10) for program in self.programs]
        return [*ready, self.person.get("/projects")]
