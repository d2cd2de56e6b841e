"""The upload of an import's file, in pieces. A piece that is lost is sent again; what is here stays."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool

from api.edge.routing.route import file_body, file_router
from api.edge.state import AppShared
from api.edge.statements import fetch_row, run
from api.edge.transaction import Transaction
from api.imports.routes import Import, read_import
from api.rights.audit_trail import Audit, Change
from api.rights.grants import ImportEditor
from barograph.errors import Conflict, FieldError, Invalid, Unavailable
from barograph.files.durable_files import write_durably
from barograph.tables.files.import_files import file_of, folder

router = file_router("imports")


@router.put(
    "/imports/{import_id:uuid}/content",
    openapi_extra=file_body("Bytes of the file from `offset` on, at most 8 MiB at once"),
)
async def put_import_content(
    request: Request,
    grant: ImportEditor,
    offset: Annotated[int, Query(ge=0, lt=2**53, description="`received_bytes` as it is")],
    connection: Transaction,
    app: AppShared,
    trail: Audit,
) -> Import:
    """Takes the next piece. After a lost connection, ask for the import: it says where to go on."""
    piece = await request.body()
    stored = await fetch_row(connection, "import.lock", grant.reference)
    if stored["status"] != "uploading":
        raise Conflict(f"the import is {stored['status']}; its file is not being sent")
    if offset != stored["received_bytes"]:
        raise Conflict(f"{stored['received_bytes']} bytes are here; go on from there, not from {offset}")
    received = offset + len(piece)
    if received > stored["size_bytes"]:
        detail = f"goes {received - stored['size_bytes']} bytes beyond the end that was announced"
        raise Invalid("the file is longer than it should be", [FieldError("/body", detail)])
    try:
        await run_in_threadpool(write_durably, file_of(folder(app.settings), grant.public_id), offset, piece)
    except OSError as error:
        raise Unavailable(f"the file can't be kept: {error.strerror}") from error
    await run(connection, "import.receive", grant.reference | {"received_bytes": received})
    if received == stored["size_bytes"]:
        after = {"file_name": stored["file_name"], "size_bytes": received}
        await trail.record(grant, "import.upload", Change(grant.public_id, after=after))
    return await read_import(connection, grant.public_id)
