"""Refusals in the audit trail: what members tried that their role does not allow.

The first time in an hour of each account, project and operation, in each process: enough to be seen, and too
little to fill the trail.

Why: decision 244.
"""

from fastapi import Request

from api.edge.rates.bounded_notes import BoundedNotes
from api.edge.state import shared
from api.edge.transaction import begin
from api.rights.audit_trail import Change, Trail
from api.rights.caller import RefusedAdmin
from api.rights.grants import RefusedRole
from barograph.errors import Forbidden

WINDOW_S = 3600


class RefusalNotes:
    """Notes of refusals, bounded; one per process."""

    def __init__(self) -> None:
        self._notes = BoundedNotes(max_notes=1, window_s=WINDOW_S)

    async def note(self, request: Request, refusal: Forbidden) -> None:
        """Writes it down, unless the same was written lately. The request's own transaction is undone."""
        if not isinstance(refusal, RefusedRole | RefusedAdmin):
            return
        operation = f"{request.method} {request.scope['route'].path}"
        if not self._notes.take((*refusal.subject, operation)):
            return
        async with begin(shared(request).pool) as connection:
            tried = Change(refusal.tried_on, after={"operation": operation})
            await Trail(request, connection).record(refusal.by, "access.refuse", tried)
