"""Exports: every reading as a file here, whole and as the server has it.

a stream, while it is small and holds -> a job of the server, downloaded in parts that go on after a break
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from barograph_client.analysis.answers.listing import ItemList
from barograph_client.analysis.extra import httpx
from barograph_client.analysis.files.direct_uploads import bucket_timeout
from barograph_client.analysis.files.uploads import ArtifactInfo, artifacts_of, upload_file
from barograph_client.analysis.filters import check_filters
from barograph_client.analysis.moments import Moment, moment
from barograph_client.analysis.problems import (
    ApiUnavailable,
    DownloadDamaged,
    JobEnded,
    RequestInvalid,
    RequestTooLarge,
)
from barograph_client.analysis.readings.series import Layers, Shape
from barograph_client.analysis.references import (
    Reference,
    References,
    optional_id,
    optional_run_id,
    reference_of,
    run_id_of,
)
from barograph_client.analysis.scope import ClientPart
from barograph_client.analysis.transport.retrying import RetryPatience

POLL_S = 0.3
PIECE_BYTES = 2**20
REDIRECTED = 307
DIRECT = {"direct": "true"}
"""From its bucket, where the server lets us."""
SUFFIXES = {".csv": "csv", ".jsonl": "json", ".ndjson": "json", ".parquet": "parquet", ".arrow": "arrow"}
_ENDED = frozenset({"finished", "failed", "cancelled"})


@dataclass(frozen=True)
class ExportProgress:
    """How far an export is. Sizes of a stream are not known before its end: `size_bytes` is None then."""

    status: str
    rows_done: int = 0
    rows_total: int | None = None
    received_bytes: int = 0
    size_bytes: int | None = None


ShowProgress = Callable[[ExportProgress], None]


class ExportingPart(ClientPart):
    """Files."""

    def export(
        self,
        path: str | os.PathLike[str],
        sensors: References | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        run: Reference | None = None,
        capture_session: Reference | None = None,
        layer: Layers = "both",
        shape: Shape = "long",
        as_of: Moment | None = None,
        format: str | None = None,  # noqa: A002 - as the API calls it
        as_job: bool | None = None,
        progress: ShowProgress | bool = False,
    ) -> Path:
        """Every reading as a file: `client.export("run.parquet", run=run)`.

        The file is in its place once it is whole. A `.zip` is a run with all that belongs to it.

        Args:
            format: `csv`, `json`, `parquet` or `arrow`, where the file's name does not say it.
            as_job: has the server make the file first; by default where it is large, or a stream broke. Such
                a file is checked by its SHA-256, and calling again goes on with its download.
            progress: True draws it on standard error.

        Raises:
            JobEnded: the server could not make the file; says why.
            DownloadDamaged: the file came otherwise than the server has it.
        """
        out, show = Path(path), _shown(progress)
        if out.suffix == ".zip" and format is None:
            return self._archive(out, run, show)
        asked = {
            **self._scope.sensors_query(sensors),
            "run": optional_run_id(run),
            "capture_session": optional_id(capture_session),
            "from": moment(start),
            "to": moment(end),
            "layer": layer,
            "shape": shape,
            "as_of": moment(as_of),
            "format": format or _format_of(out),
        }
        if run is not None or capture_session is not None:
            asked.pop("project", None)
        if not as_job:
            try:
                return self._stream("/readings/export", asked, out, show)
            except (RequestTooLarge, httpx.TransportError):
                if as_job is False:
                    raise
        return self._job(asked, out, show)

    def download_export(
        self, export: Reference, path: str | os.PathLike[str], *, progress: ShowProgress | bool = False
    ) -> Path:
        """A file that the server has made, or what is missing of it after a break."""
        return self._download(reference_of(export), Path(path), _shown(progress))

    def upload(
        self,
        run: Reference,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        kind: str = "file",
        metadata: Mapping[str, object] | None = None,
        restricted: bool = False,
    ) -> ArtifactInfo:
        """Keeps a file with a run. It is sent in pieces, and the server checks its SHA-256.

        Args:
            name: what it is called there; as here, unless it is given. The last of a name counts.
            kind: such as `model`, `report`, `log`.
            restricted: only editors and owners see it.
        """
        asked: dict[str, Any] = {"name": name, "kind": kind, "metadata": metadata, "restricted": restricted}
        return upload_file(self._api, run, path, **asked)

    def artifacts(self, run: Reference | None = None, **filters: object) -> ItemList[ArtifactInfo]:
        """Files of a run, or of all runs of the project; filters are those of the API.

        Raises:
            TypeError: the API has no such filter.
        """
        check_filters(filters, "artifacts")
        if run is not None:
            return artifacts_of(self._api, f"/runs/{run_id_of(run)}/artifacts", filters)
        return artifacts_of(self._api, f"{self._scope.project_path}/artifacts", filters)

    def download(self, artifact: Reference, path: str | os.PathLike[str]) -> Path:
        """Fetches a file of a run, and checks it."""
        answer = self._api.get(f"/artifacts/{reference_of(artifact)}")
        if answer["sha256"] is None:
            raise ValueError(f"{answer['name']} is stored elsewhere: {answer['url']}")
        return self._fetch_whole(f"/artifacts/{answer['id']}/content", answer, Path(path), _ignore, DIRECT)

    def _archive(self, out: Path, run: Reference | None, show: ShowProgress) -> Path:
        if run is None:
            raise ValueError("a .zip holds a run: say which, as run=…")
        return self._stream(f"/runs/{run_id_of(run)}/export", {"format": "zip"}, out, show)

    def _stream(self, path: str, asked: Mapping[str, Any], out: Path, show: ShowProgress) -> Path:
        part = out.with_name(f"{out.name}.part")
        received_bytes = 0
        try:
            with self._api.stream(path, asked, accept="*/*") as answer, part.open("wb") as file:
                for piece in answer.iter_bytes(PIECE_BYTES):
                    file.write(piece)
                    received_bytes += len(piece)
                    show(ExportProgress("receiving", received_bytes=received_bytes))
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
        show(ExportProgress("finished", received_bytes=received_bytes, size_bytes=received_bytes))
        return out

    def _job(self, asked: Mapping[str, Any], out: Path, show: ShowProgress) -> Path:
        body = {name: value for name, value in asked.items() if value is not None and name != "project"}
        project = self._scope.project_path if "sensor" in body else self._project_of(asked)
        made = self._api.create(f"{project}/exports", body)
        return self._download(made["id"], out, show)

    def _project_of(self, asked: Mapping[str, Any]) -> str:
        """The project of the run or session, which need not be the Client's."""
        kind, part = (
            ("runs", asked["run"]) if asked["run"] else ("capture-sessions", asked["capture_session"])
        )
        return f"/projects/{self._api.get(f'/{kind}/{part}')['project_id']}"

    def _download(self, export_id: str, out: Path, show: ShowProgress) -> Path:
        export = self._ended(export_id, show)
        if export["status"] != "finished":
            why = f": {export['failure']}" if export["failure"] else ""
            raise JobEnded(f"the export has ended as {export['status']}{why}", export)
        self._fetch_whole(f"/exports/{export_id}/content", export, out, show)
        rows, size_bytes = export["rows_done"], export["size_bytes"]
        show(ExportProgress("finished", rows, rows, size_bytes, size_bytes))
        return out

    def _fetch_whole(
        self,
        path: str,
        answered: Mapping[str, Any],
        out: Path,
        show: ShowProgress,
        query: Mapping[str, str] | None = None,
    ) -> Path:
        """A file of the server, or what is missing of it after a break."""
        part = out.with_name(f"{out.name}.{answered['id'][:8]}.part")
        part.touch()
        patience = RetryPatience(60.0)
        while (came_bytes := part.stat().st_size) < answered["size_bytes"]:
            try:
                self._fetch(path, answered, part, show, query)
            except RequestInvalid:
                if query is None:
                    raise
                query = None  # an older server, which knows of no bucket
            except httpx.TransportError as error:
                if query is not None and part.stat().st_size == came_bytes:
                    query = None  # the bucket is out of reach from here
                elif not patience.wait():
                    raise ApiUnavailable(
                        f"the download of {out.name} broke off: call again to go on"
                    ) from error
        _check(answered, part)
        part.replace(out)
        return out

    def _ended(self, export_id: str, show: ShowProgress) -> dict[str, Any]:
        while (export := self._api.get(f"/exports/{export_id}"))["status"] not in _ENDED:
            show(ExportProgress(export["status"], export["rows_done"], export["rows_total"]))
            time.sleep(POLL_S)
        return export

    def _fetch(
        self,
        path: str,
        answered: Mapping[str, Any],
        part: Path,
        show: ShowProgress,
        query: Mapping[str, str] | None,
    ) -> None:
        """Goes on behind what is there, with this very file."""
        offset = part.stat().st_size
        headers = {"Range": f"bytes={offset}-", "If-Range": f'"{answered["sha256"]}"'}
        with (
            self._api.stream(path, query, accept="*/*", headers=headers) as said,
            _of_bucket(said, offset) as answer,
            part.open("r+b") as file,
        ):
            at = file.seek(offset if answer.status_code == 206 else 0)
            for piece in answer.iter_bytes(PIECE_BYTES):
                at += file.write(piece)
                show(ExportProgress("receiving", received_bytes=at, size_bytes=answered["size_bytes"]))
            file.truncate()


@contextmanager
def _of_bucket(answer: httpx.Response, offset: int) -> Generator[httpx.Response]:
    """The answer, or that of the bucket it points to. Objects there never change."""
    if answer.status_code != REDIRECTED:
        yield answer
        return
    headers = {"Range": f"bytes={offset}-"} if offset else {}
    with httpx.stream("GET", answer.headers["location"], headers=headers, timeout=bucket_timeout()) as direct:
        if not direct.is_success:
            raise httpx.ReadError(f"the bucket answers {direct.status_code}")
        yield direct


def _check(export: Mapping[str, Any], part: Path) -> None:
    with part.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    if sha256 != export["sha256"]:
        part.unlink()
        raise DownloadDamaged(
            f"the export came otherwise than the server has it; download {export['id']} again"
        )


def _format_of(path: Path) -> str:
    if path.suffix not in SUFFIXES:
        raise ValueError(f"say format=…, or end the file's name with {', '.join(SUFFIXES)} or .zip")
    return SUFFIXES[path.suffix]


def _shown(progress: ShowProgress | bool) -> ShowProgress:
    if callable(progress):
        return progress
    return _draw if progress else _ignore


def _ignore(_: ExportProgress) -> None:
    pass


def _draw(progress: ExportProgress) -> None:
    done, whole = (
        (progress.received_bytes, progress.size_bytes)
        if progress.received_bytes
        else (progress.rows_done, progress.rows_total)
    )
    part = f"{100 * done / whole:5.1f} %" if whole else f"{done / 1e6:,.1f} MB"
    end = "\n" if progress.status == "finished" else ""
    sys.stderr.write(f"\r{progress.status:9s}  {part:12s}{end}")
    sys.stderr.flush()
