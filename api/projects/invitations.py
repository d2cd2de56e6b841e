"""Invitations: a link that makes whoever follows it a member, once.

owner creates (as an invitation, or by POST …/members) -> link, handed over or mailed
    -> accept, logged in (or while registering) -> member

Nobody becomes a member without having accepted.

Like a service account's token, a link works while the person who made it could make it.

Why: decision 42.
"""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import BackgroundTasks, Depends
from psycopg.rows import DictRow
from pydantic import ConfigDict, Field

from api.edge.answers.etags import IfMatch
from api.edge.answers.replays import SHOWN_ONCE
from api.edge.bodies.fields import Email, Input, Item, Time
from api.edge.bodies.names import folded
from api.edge.lists.pages import Page, PageSpan
from api.edge.rates.rate_limits import RateRule
from api.edge.routing.route import resource_router
from api.edge.state import AppShared
from api.edge.statements import fetch_row, fetch_rows, find_row, run
from api.edge.transaction import Database, Transaction
from api.projects.members import Member, MemberFields, RoleField
from api.rights.audit_trail import Audit, Change, Trail
from api.rights.caller import Account, Credential, Person
from api.rights.grants import PROJECT_ACCESS, InvitationOwner, ProjectOwner
from api.rights.idempotency import Creation
from barograph.catalog.catalog_lock import announce_catalog
from barograph.database.connections import Connection
from barograph.errors import Conflict, FieldError, Invalid
from barograph.identity.links import link
from barograph.identity.secret_tokens import digest, new_secret

router = resource_router("invitations")

# Of those that are mailed.
INVITATIONS_OF_PROJECT = RateRule("invitations-of-project", max_uses=100, window_s=3600)
INVITATIONS_OF_INVITER = RateRule("invitations-of-inviter", max_uses=100, window_s=3600)
INVITATIONS_TO_ADDRESS = RateRule("invitations-to-address", max_uses=5, window_s=86400)
MAIL = """\
{inviter} invites you to a project on Barograph.
The name in quotes is what the person calls themselves.

Accept here:

    {link}
"""


class NewInvitation(Input):
    role: RoleField
    email: Email | None = Field(
        None, description="Whom it is for; null: whoever holds the link", examples=["ada@example.org"]
    )
    expires_in_s: Annotated[int, Field(ge=60, le=30 * 86400)] = 7 * 86400


class Invitation(Item):
    model_config = ConfigDict(extra="ignore")

    project_id: UUID
    role: RoleField
    email: str | None
    expires_at: Time
    revoked_at: Time | None
    accepted_at: Time | None
    accepted_by: UUID | None
    created_by: UUID = Field(description="It works while they own the project")


class InvitationLink(Invitation):
    link: str | None = Field(
        None, description="To hand over, in this answer only", json_schema_extra=SHOWN_ONCE
    )
    token: str | None = Field(None, description="What the link ends with", json_schema_extra=SHOWN_ONCE)


class Acceptance(Input):
    token: Annotated[str, Field(min_length=1, max_length=200, examples=["the end of the link"])]


class NewMember(MemberFields):
    email: Email


@dataclass(frozen=True)
class Inviting:
    """The parts that every route needs that invites somebody."""

    grant: ProjectOwner
    person: Person
    app: AppShared
    connection: Transaction
    background: BackgroundTasks
    trail: Audit
    _: Creation

    async def invite(self, wanted: NewInvitation) -> InvitationLink:
        """Makes the link, and mails it if there is an email and a mail server.

        Whether the email has an account is not looked at, so that the answer can't tell.

        Raises:
            Conflict: somebody with this email is a member, which the caller could see anyway.
        """
        if wanted.email:
            await self._check_email(wanted.email)
        if wanted.email and self.app.mailer:
            await self._take_mail(wanted.email)
        token = new_secret("bgv_")
        url = link(self.app.settings, "invitation", token)
        row = await self._store(wanted, token)
        invitation = InvitationLink.model_validate(row | {"link": url, "token": token})
        await self.trail.record(self.grant, "invitation.create", Change(invitation.id, after=invitation))
        if wanted.email and self.app.mailer:
            text = MAIL.format(inviter=_inviter(self.person), link=url)
            self.background.add_task(self.app.mailer.send, wanted.email, "An invitation to Barograph", text)
        return invitation

    async def _take_mail(self, email: str) -> None:
        await self.app.limits.take(
            INVITATIONS_OF_PROJECT.of(str(self.grant.public_id)),
            INVITATIONS_OF_INVITER.of(str(self.person.id)),
            INVITATIONS_TO_ADDRESS.of(email),
        )

    async def _check_email(self, email: str) -> None:
        question = {"project_id": self.grant.project_id, "email": email}
        if (await fetch_row(self.connection, "invitation.is_member", question))["is_member"]:
            raise Conflict("they are a member of the project already")

    async def _store(self, wanted: NewInvitation, token: str) -> DictRow:
        fields = {
            "project_id": self.grant.project_id,
            "role": wanted.role,
            "email": wanted.email,
            "token_hash": digest(token),
            "life_s": wanted.expires_in_s,
            "created_by": self.person.id,
        }
        created = await fetch_row(self.connection, "invitation.create", fields)
        return await fetch_row(self.connection, "invitation.item", created)


@router.post("/projects/{project_id:uuid}/invitations", status_code=201)
async def create_invitation(body: NewInvitation, inviting: Annotated[Inviting, Depends()]) -> InvitationLink:
    """Creates a link that makes whoever follows it a member, once; mails it if there is an email."""
    return await inviting.invite(body)


@router.post("/projects/{project_id:uuid}/members", status_code=201)
async def add_member(body: NewMember, inviting: Annotated[Inviting, Depends()]) -> InvitationLink:
    """Invites somebody by email. They are a member once they have accepted with the link or its token.

    The answer is the same whether or not the email has an account.
    """
    return await inviting.invite(NewInvitation(role=body.role, email=body.email))


@router.get("/projects/{project_id:uuid}/invitations")
async def list_invitations(grant: ProjectOwner, span: PageSpan, connection: Database) -> Page[Invitation]:
    """The project's invitations, those that are over included, the newest first."""
    rows = await fetch_rows(connection, "invitation.list", span.parameters | {"project_id": grant.project_id})
    return Page[Invitation].model_validate(span.cut(rows))


@router.delete("/invitations/{invitation_id:uuid}", status_code=204)
async def revoke_invitation(
    grant: InvitationOwner, expected: IfMatch, connection: Transaction, trail: Audit
) -> None:
    """Revokes an invitation that nobody has accepted yet."""
    stored = await fetch_row(connection, "invitation.lock", grant.reference)
    expected.check(stored["version"])
    if stored["is_accepted"]:
        raise Conflict("the invitation is accepted; remove the member instead")
    await run(connection, "invitation.revoke", grant.reference)
    await trail.record(grant, "invitation.revoke", Change(grant.public_id, before=stored))


@router.post("/invitations:accept")
async def accept_invitation(
    caller: Person, body: Acceptance, connection: Transaction, trail: Audit
) -> Member:
    """Makes the caller a member, with the role that the invitation names."""
    return await accept(connection, trail, caller, body.token)


async def check_open(connection: Connection, email: str, token: str) -> None:
    """Lets pass whoever may follow the link of an invitation.

    Raises:
        Invalid: it is over, or for somebody else.
    """
    if await find_row(connection, "invitation.open", {"token_hash": digest(token), "email": email}) is None:
        raise _not_open()


def _inviter(person: Account) -> str:
    """The inviter in one line; what they call themselves stands in quotes, and ends no quotes."""
    name = folded(person.name).replace('"', "'")
    return f'"{name}" ({person.email})' if name else str(person.email)


def _not_open() -> Invalid:
    fault = FieldError("/token", "is not valid")
    return Invalid("the invitation is used, revoked, expired, or for somebody else", [fault])


async def accept(connection: Connection, trail: Trail, account: Account, token: str) -> Member:
    """The membership that the token of an invitation gives this account.

    Raises:
        Invalid: the invitation is over, or for somebody else.
        Conflict: the account is a member already; the invitation can still be accepted by another.
    """
    question = {"token_hash": digest(token), "account_id": account.id, "email": account.email}
    accepted = await find_row(connection, "invitation.accept", question)
    if accepted is None:
        raise _not_open()
    # Somebody who comes back: the ingest tokens that they made count again.
    await announce_catalog(connection, accepted["project_id"])
    membership = {"project_id": accepted["project_id"], "account_id": account.id, "role": accepted["role"]}
    await run(connection, "invitation.join_project", membership)
    key = {"project_id": accepted["project_id"], "user_id": account.id}
    member = Member.model_validate(await fetch_row(connection, "member.item", key))
    grant = await PROJECT_ACCESS.grant("viewer", member.project_id, Credential.of(account), connection)
    await trail.record(grant, "invitation.accept", Change(accepted["id"], after=member))
    return member
