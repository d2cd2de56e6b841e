"""`member`, `invitation`, `user`: who works in a project, and who has an account."""

from argparse import Namespace

from barograph.cli.api_client import ApiClient
from barograph.cli.resources.calls import act, end, given, items, listing, verb
from barograph.cli.resources.places import OF_PROJECT, member_path, path
from barograph.cli.verb import Answer, Noun, argument

ROLES = ("viewer", "editor", "owner")
# `email` is taken: by who logs in.
_WHO = argument("who", metavar="EMAIL")
_ROLE = argument("role", choices=ROLES)


def _add(api: ApiClient, options: Namespace) -> Answer:
    body = {"email": options.who, "role": options.role}
    return api.post(path(api, options, "{project}/members"), body)


def _accept(api: ApiClient, options: Namespace) -> Answer:
    return api.post("/api/v1/invitations:accept", {"token": options.invitation.rpartition("#")[2]})


def _give_role(api: ApiClient, options: Namespace) -> Answer:
    return api.put(member_path(api, options), given(options, "role"))


MEMBER = Noun(
    "member",
    "members of projects",
    (
        verb(
            "add",
            "invite somebody into a project",
            _add,
            *OF_PROJECT,
            _WHO,
            _ROLE,
            examples=("member add 'Rig 7' bo@example.org editor --field link",),
        ),
        verb(
            "accept",
            "accept an invitation, by its token or link",
            _accept,
            argument("invitation", metavar="TOKEN"),
            examples=("member accept https://rig.example.org/invitation#bgv_4f6d",),
        ),
        verb(
            "role",
            "give a member another role",
            _give_role,
            *OF_PROJECT,
            _WHO,
            _ROLE,
            examples=("member role 'Rig 7' bo@example.org owner",),
        ),
        verb(
            "remove",
            "end somebody's membership",
            end("{member}"),
            *OF_PROJECT,
            _WHO,
            examples=("member remove 'Rig 7' bo@example.org",),
        ),
        listing(
            "list",
            "list a project's members",
            items("{project}/members"),
            *OF_PROJECT,
            columns=("id", "email", "role", "is_active"),
            examples=("member list 'Rig 7'",),
        ),
    ),
)

INVITATION = Noun(
    "invitation",
    "invitations that wait for an answer",
    (
        listing(
            "list",
            "list a project's invitations",
            items("{project}/invitations"),
            *OF_PROJECT,
            columns=("id", "email", "role", "expires_at", "accepted_at", "revoked_at"),
            examples=("invitation list 'Rig 7'",),
        ),
        verb(
            "revoke",
            "take an invitation back",
            end("{invitation}"),
            argument("invitation", metavar="ID"),
            examples=("invitation revoke 3f0c8d5e-0b1f-4a57-9d6e-2f6a1c9b7e10",),
        ),
    ),
)

USER = Noun(
    "user",
    "accounts; for the admin",
    (
        listing(
            "list",
            "list accounts",
            items("/api/v1/users"),
            columns=("id", "email", "name", "is_admin", "deactivated_at"),
            examples=("user list",),
        ),
        verb(
            "deactivate",
            "end all that somebody may do, at once",
            act("{user}:deactivate"),
            _WHO,
            examples=("user deactivate bo@example.org",),
        ),
        verb(
            "reactivate",
            "let somebody log in again",
            act("{user}:reactivate"),
            _WHO,
            examples=("user reactivate bo@example.org",),
        ),
        verb(
            "reset-link",
            "make a link by which somebody sets a new password",
            act("{user}:reset-link"),
            _WHO,
            examples=("user reset-link bo@example.org --field link",),
        ),
    ),
)
