"""Three members of etcd by the settings of docs/operations.md, where Debian's package has started one."""

import os
import re
import subprocess
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.drills.operations_page import blocks_of
from tests.programs import free_port
from tests.waiting import wait_until
from tools.programs.patroni import PatroniPrograms

NAMES = ("db1", "db2", "witness")
# Of the package's unit.
DATA_DIR = "/var/lib/etcd/default"


class PageMember:
    """A member on a machine of its own, which is a set of ports and a folder here."""

    def __init__(
        self, number: int, folder: Path, ports: Mapping[str, int], programs: PatroniPrograms
    ) -> None:
        self._number, self._folder, self._ports, self._programs = number, folder, ports, programs
        self.url = f"http://127.0.0.1:{ports[f'10.0.0.1{number}:2379']}"

    @contextmanager
    def as_installed(self) -> Generator[None]:
        """Alone, as the package starts it."""
        with self._running({"ETCD_NAME": "debian", "ETCD_DATA_DIR": DATA_DIR, **self._own_addresses()}):
            wait_until(lambda: self.names() == {"debian"})
            yield

    @contextmanager
    def as_the_page_says(self) -> Generator[None]:
        settings = dict(line.split("=", 1) for line in self._page().splitlines())
        with self._running({"ETCD_DATA_DIR": DATA_DIR, **settings}):
            yield

    def names(self) -> set[str]:
        """Of all members that it knows of."""
        try:
            answer = httpx.post(f"{self.url}/v3/cluster/member/list", json={}, timeout=2)
        except httpx.HTTPError:
            return set()
        members: list[dict[str, Any]] = answer.json().get("members", [])
        return {member.get("name", "") for member in members}

    def is_healthy(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=2).json().get("health") == "true"
        except httpx.HTTPError:
            return False

    def _page(self) -> str:
        """The first machine's settings, as they are on this one."""
        block = blocks_of("By Patroni and etcd", "sh")[0]
        own, _, shared = block.partition("ETCD_INITIAL_CLUSTER=")
        own = own.replace("10.0.0.11", f"10.0.0.1{self._number}").replace(
            "=db1", f"={NAMES[self._number - 1]}"
        )
        return f"{own}ETCD_INITIAL_CLUSTER={shared}"

    def _own_addresses(self) -> Mapping[str, str]:
        """What is by itself on its machine needs none; here several are on one."""
        settings = dict(line.split("=", 1) for line in self._page().splitlines())
        peers = settings["ETCD_INITIAL_ADVERTISE_PEER_URLS"]
        kept = {name: value for name, value in settings.items() if name.endswith("_URLS")}
        return {**kept, "ETCD_INITIAL_CLUSTER": f"debian={peers}"}

    @contextmanager
    def _running(self, settings: Mapping[str, str]) -> Generator[None]:
        here = {name: self._here(value) for name, value in settings.items()}
        with (
            (self._folder / "log").open("ab") as log,
            subprocess.Popen(
                [self._programs.etcd], env={**os.environ, **here}, stdout=log, stderr=log, cwd=self._folder
            ) as process,
        ):
            try:
                yield
            finally:
                process.kill()

    def _here(self, value: str) -> str:
        value = value.replace("/var/lib/etcd", str(self._folder))
        return re.sub(r"10\.0\.0\.1\d:\d+", lambda found: f"127.0.0.1:{self._ports[found[0]]}", value)


@pytest.mark.nightly
def test_three_members_begin_together_and_bear_the_loss_of_one(
    tmp_path: Path, patroni_programs: PatroniPrograms
) -> None:
    places = [f"10.0.0.1{number}:{port}" for number in (1, 2, 3) for port in (2379, 2380)]
    ports = {place: free_port() for place in places}
    members: list[PageMember] = []
    for number, name in enumerate(NAMES, 1):
        (tmp_path / name).mkdir()
        members.append(PageMember(number, tmp_path / name, ports, patroni_programs))
    for member in members:
        with member.as_installed():
            pass
    first, *others = members
    with ExitStack() as rest:
        for member in others:
            rest.enter_context(member.as_the_page_says())
        with first.as_the_page_says():
            for member in members:
                wait_until(lambda member=member: member.names() == set(NAMES))
                wait_until(member.is_healthy)
        for member in others:
            wait_until(member.is_healthy)
