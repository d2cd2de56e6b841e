"""Undoing an import: the worker takes out again what it has stored.

Why: decision 720.
"""

from datetime import datetime

from psycopg.rows import DictRow

from api.edge.routing.route import resource_router
from api.edge.state import AppShared
from api.edge.statements import fetch_row, run
from api.edge.transaction import Transaction
from api.imports.routes import Import, note_move, read_import
from api.rights.audit_trail import Audit
from api.rights.grants import ImportEditor
from barograph.errors import Conflict

router = resource_router("imports")


@router.post("/imports/{import_id:uuid}:undo", status_code=202)
async def undo_import(grant: ImportEditor, connection: Transaction, app: AppShared, trail: Audit) -> Import:
    """Takes out again every reading that the import has stored, and nothing else: equal ones stay.

    It goes on in the background: `removed` counts what is out, until the import is `undone`. Asked for
    again, it changes nothing. Refused with 409 for an import that has not ended, whose record is not kept any
    more, or of whose time the project has let readings go. Sensors that were made for it stay, and so do its
    dead letters.
    """
    stored = await fetch_row(connection, "import.lock", grant.reference)
    if stored["status"] in {"undoing", "undone"}:
        return await read_import(connection, grant.public_id)
    if stored["status"] not in {"finished", "failed", "cancelled"}:
        raise Conflict(f"an import that is {stored['status']} can't be undone; cancel it first")
    # Bounds don't rise between this look and the commit.
    await run(connection, "catalog.lock_shared", {"project_id": grant.project_id})
    standing = await fetch_row(connection, "import_undo.standing", grant.reference)
    _check_is_recorded(standing, app.settings.import_undo_days)
    await run(connection, "import_undo.begin", grant.reference)
    return await note_move(connection, grant, "import.undo", stored["status"], trail)


def _check_is_recorded(standing: DictRow, keep_days: int) -> None:
    """Whether all that was stored can be taken out.

    Raises:
        Conflict: nothing was stored, or not all of it can.
    """
    accepted, recorded, first = standing["accepted"], standing["recorded"], standing["first"]
    if not accepted:
        raise Conflict("the import has stored nothing that could be undone")
    if recorded != accepted:
        raise Conflict(
            f"what the import has stored is not on record any more: records are kept for {keep_days} days "
            "after an import has ended, and earlier releases kept none"
        )
    _check_is_kept(first, standing["raw_from"])


def _check_is_kept(first: datetime, raw_from: datetime | None) -> None:
    if raw_from is not None and first < raw_from:
        raise Conflict(
            f"the import has stored readings from {first.isoformat()} on, and the project keeps none from "
            f"before {raw_from.isoformat()}; roll-ups of these could not be corrected"
        )
