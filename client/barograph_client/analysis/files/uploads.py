"""Files of runs, sent in pieces that go on after a break, or by `direct_uploads`."""

from __future__ import annotations

import hashlib
import mimetypes
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from barograph_client.analysis.answers.items import AnsweredItem
from barograph_client.analysis.answers.listing import ItemList
from barograph_client.analysis.files.direct_uploads import sent_directly
from barograph_client.analysis.plain import plain
from barograph_client.analysis.problems import ApiUnavailable, JobEnded, StateConflict
from barograph_client.analysis.references import Reference, run_id_of
from barograph_client.analysis.transport.retrying import RetryPatience
from barograph_client.analysis.transport.transport import ApiTransport

PIECE_BYTES = 8 * 2**20
CHECK_PAUSE_S = 0.2


@dataclass(frozen=True, kw_only=True)
class ArtifactInfo(AnsweredItem):
    """A file of a run."""

    name: str
    kind: str
    status: str
    run_id: str
    size_bytes: int | None
    sha256: str | None
    received_bytes: int
    content_type: str = ""
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    restricted: bool = False


def upload_file(
    api: ApiTransport,
    run: Reference,
    path: str | os.PathLike[str],
    *,
    name: str | None,
    kind: str,
    metadata: Mapping[str, object] | None,
    restricted: bool,
) -> ArtifactInfo:
    """Announces the file, sends it, and has the server check it."""
    file_path = Path(path)
    with file_path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        announced = {
            "name": name or file_path.name,
            "kind": kind,
            "size_bytes": file.tell(),
            "sha256": sha256,
            "content_type": mimetypes.guess_type(file_path.name)[0] or "application/octet-stream",
            "metadata": plain(metadata or {}),
            "restricted": restricted,
        }
        artifact = api.create(f"/runs/{run_id_of(run)}/artifacts", announced)
        if not sent_directly(api, artifact, file_path):
            _send(api, artifact, file)
    return _completed(api, f"/artifacts/{artifact['id']}")


def _send(api: ApiTransport, artifact: Mapping[str, Any], file: BinaryIO) -> None:
    """Sends from where the server is on; a piece whose answer was lost may be there already.

    Raises:
        JobEnded: the file became shorter meanwhile.
    """
    path, received = f"/artifacts/{artifact['id']}", artifact["received_bytes"]
    patience = RetryPatience(60.0)
    while received < artifact["size_bytes"]:
        file.seek(received)
        if not (piece := file.read(PIECE_BYTES)):
            raise JobEnded(f"the file became shorter while it was sent: {received} bytes", artifact)
        try:
            answer = api.ask("PUT", f"{path}/content", {"offset": received}, piece)
            received, patience = answer.json()["received_bytes"], RetryPatience(60.0)
        except (StateConflict, ApiUnavailable):
            now = api.get(path)
            if now["status"] != "uploading" or not patience.wait():
                raise
            received = now["received_bytes"]


def _completed(api: ApiTransport, path: str) -> ArtifactInfo:
    """Checked by the server.

    Raises:
        JobEnded: what came is not what was announced: the file changed meanwhile.
    """
    try:
        answer = api.post(f"{path}:complete", is_repeatable=True)
        while answer["status"] == "uploading":  # the server still reads it in its bucket
            time.sleep(CHECK_PAUSE_S)
            answer = api.post(f"{path}:complete", is_repeatable=True)
    except StateConflict:  # it has been, and the answer was lost
        answer = api.get(path)
    if answer["status"] not in {"ready", "approved"}:
        raise JobEnded(f"the file is {answer['status']}: {answer['failure']}", answer)
    return ArtifactInfo.read(answer)


def artifacts_of(api: ApiTransport, path: str, asked: Mapping[str, object]) -> ItemList[ArtifactInfo]:
    """A list of them."""
    columns = ("name", "kind", "status", "size_bytes", "created_at", "id")
    return ItemList(
        lambda limit: api.items(path, **{**asked, "limit": limit}), ArtifactInfo, columns, "artifact"
    )
