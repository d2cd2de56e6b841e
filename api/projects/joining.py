"""Becoming a member at once: somebody who has an account, where that they have one is no secret.

Where anybody may register, registering tells whether an email is taken; and admins see all accounts.
Elsewhere, and without an account, people accept an invitation (`invitations.py`).

Why: decision 960.
"""

from uuid import UUID

from api.edge.statements import find_row, run
from api.rights.caller import Account
from barograph.catalog.catalog_lock import announce_catalog
from barograph.database.connections import Connection
from barograph.settings import Settings


def sees_accounts(settings: Settings, caller: Account) -> bool:
    """Whether the caller may hear who has an account."""
    return settings.registration == "open" or caller.is_admin


async def find_account(
    connection: Connection, *, user_id: UUID | None = None, email: str | None = None
) -> UUID | None:
    """The active account of the person with this id or email."""
    row = await find_row(connection, "member.account", {"user_id": user_id, "email": email})
    return None if row is None else row["id"]


async def join_project(connection: Connection, project_id: int, user_id: UUID, role: str) -> None:
    """Makes the person a member."""
    # Somebody who comes back: the ingest tokens that they made count again.
    await announce_catalog(connection, project_id)
    membership = {"project_id": project_id, "account_id": user_id, "role": role}
    await run(connection, "invitation.join_project", membership)
