"""`artifact`: files that runs hold."""

import hashlib
import mimetypes
import sys
import time
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from barograph.cli.api_client import ApiClient
from barograph.cli.progress import ProgressBar
from barograph.cli.resources.calls import act, create, deletion, given, read, verb
from barograph.cli.resources.calls import listing as list_verb
from barograph.cli.resources.files.direct_parts import is_large, sent_directly
from barograph.cli.resources.files.downloads import RemoteFile, download
from barograph.cli.resources.files.pieces import patiently, send_pieces
from barograph.cli.resources.places import OF_PROJECT, OF_RUN, path, project_path
from barograph.cli.verb import CommandRefused, Item, Noun, Reply, argument

CHECK_PAUSE_S = 0.2
COLUMNS = ("id", "name", "kind", "status", "size_bytes", "run", "created_at")
FILTERS = ("kind", "name", "q", "status")
_ID = "3f0c8d5e-0b1f-4a57-9d6e-2f6a1c9b7e10"
_ARTIFACT = argument("artifact_id", metavar="ID")
_KIND = argument("--kind", help="what it is for, such as model, report or log")


def _upload(api: ApiClient, options: Namespace) -> Reply:
    file: Path = options.file
    if not file.is_file():
        raise CommandRefused(f"There is no file {file}.")
    with file.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    body = {
        "name": options.name or file.name,
        "size_bytes": file.stat().st_size,
        "sha256": sha256,
        "content_type": options.content_type or mimetypes.guess_type(file.name)[0],
        "restricted": options.restricted or None,
        "kind": options.kind,
    }
    item = _begun(api, path(api, options, "{run}"), {k: v for k, v in body.items() if v is not None})
    send(api, item, file, sys.stderr)
    item = _completed(api, f"/api/v1/artifacts/{item['id']}:complete")
    if item["status"] == "damaged":
        return Reply(item, remarks=[f"The file is damaged: {item['failure']}."], code=1)
    return Reply(item)


def _begun(api: ApiClient, run: str, body: Item) -> Item:
    """The upload of this file that was broken off, or a new one."""
    for item in api.items(f"{run}/artifacts", max_items=500, status="uploading", name=body["name"]):
        if (item["sha256"], item["size_bytes"]) == (body["sha256"], body["size_bytes"]):
            return item
    return api.post(f"{run}/artifacts", body)


def _completed(api: ApiClient, there: str) -> Item:
    """The file as the server has checked it. It may read for minutes in its bucket."""
    while (item := patiently(lambda: api.post(there)))["status"] == "uploading":
        time.sleep(CHECK_PAUSE_S)
    return item


def send(api: ApiClient, item: Item, file: Path, screen: TextIO) -> None:
    """Sends what is missing of the file, to the server's bucket where it has one that can be reached.

    Raises:
        CommandRefused: nothing was taken for too long, or the server takes no more of it.
    """
    progress = ProgressBar(screen)
    if not sent_directly(api, item, file, progress):
        send_pieces(api, f"/api/v1/artifacts/{item['id']}", item, file, progress)
    progress.end()


def _download(api: ApiClient, options: Namespace) -> Reply:
    there = path(api, options, "{artifact}")
    item = api.get(there)
    if item["url"] is not None:
        raise CommandRefused(f"The file is not here but at {item['url']}.")
    if item["status"] in {"uploading", "damaged"}:
        raise CommandRefused(f"The artifact is {item['status']}.")
    out: Path = options.out or Path(Path(item["name"].replace("\\", "/")).name)
    if options.out is None and out.exists():
        raise CommandRefused(f"There is a file {out} already; say --out.")
    command = f"artifact download {item['id']}"
    size_bytes = item["size_bytes"]
    remote = RemoteFile(
        item["id"], f"{there}/content", size_bytes, item["sha256"], command, is_large(size_bytes)
    )
    download(api, remote, out, sys.stderr)
    return Reply(item)


def _list(api: ApiClient, options: Namespace) -> Iterable[Item]:
    filters: dict[str, Any] = given(options, *FILTERS)
    flags: dict[str, Any] = {name: "true" for name in ("approved", "latest") if getattr(options, name)}
    of = path(api, options, "{run}") if options.run is not None else project_path(api, options)
    return api.items(f"{of}/artifacts", **filters, **flags)


ARTIFACT = Noun(
    "artifact",
    "files that runs hold, such as reports and models",
    (
        verb(
            "upload",
            "send a file to a run, or what is missing of it after a break",
            _upload,
            *OF_RUN,
            argument("file", type=Path, metavar="FILE"),
            argument("--name", help="another than the file's"),
            _KIND,
            argument("--content-type", metavar="TYPE", help="by default as the file's name says"),
            argument("--restricted", action="store_true", help="only editors and owners see it"),
            examples=(f"artifact upload {_ID} report.pdf --kind report",),
        ),
        verb(
            "register",
            "note something that is stored elsewhere",
            create("{run}/artifacts", "name", "url", "kind"),
            *OF_RUN,
            argument("name", metavar="NAME"),
            argument("url", metavar="URL"),
            _KIND,
            examples=(f"artifact register {_ID} weights s3://models/pump/7 --kind model",),
        ),
        list_verb(
            "list",
            "list the files of a project's runs, or of one run",
            _list,
            argument("project", metavar="PROJECT", help="its name or id"),
            argument("--run", metavar="ID", help="of this run alone"),
            _KIND,
            argument("--name", help="the whole name"),
            argument("--q", metavar="TEXT", help="stands in the name"),
            argument("--status", choices=("uploading", "ready", "approved", "rejected", "damaged")),
            argument("--approved", action="store_true", help="only what is approved"),
            argument("--latest", action="store_true", help="of each kind and name the last one"),
            columns=COLUMNS,
            examples=("artifact list 'Rig 7' --approved --kind model --latest",),
        ),
        verb(
            "room",
            "show what the files of a project's runs take, and may",
            read("{project}/artifact-room"),
            *OF_PROJECT,
            examples=("artifact room 'Rig 7'",),
        ),
        verb(
            "show", "show a file's state", read("{artifact}"), _ARTIFACT, examples=(f"artifact show {_ID}",)
        ),
        verb(
            "download",
            "download a file, or what is missing of it after a break",
            _download,
            _ARTIFACT,
            argument("--out", type=Path, metavar="FILE", help="where to; by default as it is named, here"),
            examples=(f"artifact download {_ID} --out model.onnx",),
        ),
        verb(
            "approve",
            "approve a file that is ready",
            act("{artifact}:approve", "reason"),
            _ARTIFACT,
            argument("--reason", help="why"),
            examples=(f"artifact approve {_ID}",),
        ),
        verb(
            "reject",
            "reject a file",
            act("{artifact}:reject", "reason"),
            _ARTIFACT,
            argument("--reason", required=True, help="why"),
            examples=(f"artifact reject {_ID} --reason 'It drifts'",),
        ),
        deletion(
            "remove",
            "delete a file for good",
            "{artifact}",
            _ARTIFACT,
            examples=(f"artifact remove {_ID}",),
        ),
    ),
)
