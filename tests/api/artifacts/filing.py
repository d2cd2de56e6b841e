"""A run to put files into, and what tests do with them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.api.server import PREFIX, Person, Server


@dataclass(frozen=True)
class Filing:
    """An API, an owner with a project and a run, and where its files lie."""

    server: Server
    person: Person
    project: str
    run: str
    folder: Path

    def announce(self, content: bytes, **fields: object) -> dict[str, Any]:
        body: dict[str, object] = {
            "name": "report.txt",
            "kind": "report",
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        return self.person.made(f"/runs/{self.run}/artifacts", body | fields)

    def put(self, artifact_id: str, content: bytes, offset: int = 0) -> httpx.Response:
        path = f"{PREFIX}/artifacts/{artifact_id}/content"
        return self.person.client.put(path, params={"offset": offset}, content=content)

    def complete(self, artifact_id: str) -> dict[str, Any]:
        return self.person.made(f"/artifacts/{artifact_id}:complete")

    def file(self, content: bytes, **fields: object) -> dict[str, Any]:
        """A file that is there."""
        made = self.announce(content, **fields)
        answer = self.put(made["id"], content)
        assert answer.status_code == 200, answer.text
        return self.complete(made["id"])

    def content(self, artifact_id: str, method: str = "GET", **headers: str) -> httpx.Response:
        path = f"{PREFIX}/artifacts/{artifact_id}/content"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.person.client.request(method, path, headers=named)

    def kept(self, artifact_id: str) -> Path:
        return self.folder / "artifacts" / "kept" / artifact_id[:2] / artifact_id


def filing(server: Server, folder: Path) -> Filing:
    """A new project of a new owner."""
    person = server.person("filer@example.org")
    project = person.made("/projects", {"name": "p"})["id"]
    experiment = person.made(f"/projects/{project}/experiments", {"name": "e"})["id"]
    run = person.made(f"/experiments/{experiment}/runs", {"name": "r"})["id"]
    return Filing(server, person, project, run, folder)
