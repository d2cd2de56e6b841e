"""`token`, `service-account`: what gateways and scripts log in with."""

from argparse import BooleanOptionalAction, Namespace
from collections.abc import Iterator

from barograph.cli.api_client import ApiClient
from barograph.cli.moments import HELP, moment
from barograph.cli.resources.calls import act, end, given, items, listing, read, verb
from barograph.cli.resources.places import OF_PROJECT, project_path, sensor_id
from barograph.cli.verb import Answer, Item, Noun, argument

ROLES = ("viewer", "editor", "owner")
_EXPIRY = argument("--expires-at", type=moment, metavar="TIME", help=f"its last moment, as +90d ({HELP})")
_TOKEN = argument("token", metavar="ID")
_SERVICE_ACCOUNT = argument("service_account", metavar="ID")


def _create_token(api: ApiClient, options: Namespace) -> Answer:
    project = project_path(api, options)
    body = given(options, "name", "producers", "expires_at", "may_resume")
    if options.sensor:
        body["sensors"] = [sensor_id(api, project, key) for key in options.sensor]
    return api.post(f"{project}/ingest-tokens", body)


def _create_service_account(api: ApiClient, options: Namespace) -> Answer:
    body = given(options, "name", "role", "expires_at")
    body["project_id"] = api.get(project_path(api, options))["id"]
    return api.post("/api/v1/service-accounts", body)


def _list_service_accounts(api: ApiClient, options: Namespace) -> Iterator[Item]:
    project = api.get(project_path(api, options))["id"]
    return api.items("/api/v1/service-accounts", project_id=project)


TOKEN = Noun(
    "token",
    "tokens that gateways send with",
    (
        verb(
            "create",
            "create a token; it is shown this once",
            _create_token,
            *OF_PROJECT,
            argument("name"),
            argument(
                "--sensor", action="append", metavar="KEY", help="may send for this one only; repeatable"
            ),
            argument(
                "--producer",
                action="append",
                metavar="GLOB",
                dest="producers",
                help="may bind these only; repeatable",
            ),
            argument(
                "--may-resume",
                action=BooleanOptionalAction,
                help="may move the sequence of its producers (resume_at), or may not; "
                "by default it may for producers that it names or made",
            ),
            _EXPIRY,
            examples=(
                "token create 'Rig 7' daq-1 --field token",
                "token create 'Rig 7' daq-2 --sensor p1 --expires-at +90d",
            ),
        ),
        listing(
            "list",
            "list a project's tokens",
            items("{project}/ingest-tokens"),
            *OF_PROJECT,
            columns=("id", "name", "is_valid", "expires_at", "revoked_at"),
            examples=("token list 'Rig 7'",),
        ),
        verb(
            "revoke",
            "revoke a token at once, open connections included",
            end("{token}"),
            _TOKEN,
            examples=("token revoke 3f0c8d5e-0b1f-4a57-9d6e-2f6a1c9b7e10",),
        ),
        verb(
            "rotate",
            "replace a token by a new one; it is shown this once",
            act("{token}:rotate", "overlap_s"),
            _TOKEN,
            argument("--overlap-s", type=int, metavar="N", help="how long the old one goes on, seconds (0)"),
            examples=("token rotate 3f0c8d5e-0b1f-4a57-9d6e-2f6a1c9b7e10 --overlap-s 3600 --field token",),
        ),
    ),
)

SERVICE_ACCOUNT = Noun(
    "service-account",
    "accounts that scripts log in as, by BAROGRAPH_TOKEN",
    (
        verb(
            "create",
            "create a service account; its token is shown this once",
            _create_service_account,
            *OF_PROJECT,
            argument("name"),
            argument("role", choices=ROLES),
            _EXPIRY,
            examples=("service-account create 'Rig 7' nightly viewer --expires-at +365d --field token",),
        ),
        listing(
            "list",
            "list a project's service accounts",
            _list_service_accounts,
            *OF_PROJECT,
            columns=("id", "name", "role", "expires_at", "revoked_at"),
            examples=("service-account list 'Rig 7'",),
        ),
        verb(
            "show",
            "show a service account",
            read("{service_account}"),
            _SERVICE_ACCOUNT,
            examples=("service-account show 3f0c8d5e-0b1f-4a57-9d6e-2f6a1c9b7e10",),
        ),
        verb(
            "revoke",
            "revoke a service account's token at once",
            end("{service_account}"),
            _SERVICE_ACCOUNT,
            examples=("service-account revoke 3f0c8d5e-0b1f-4a57-9d6e-2f6a1c9b7e10",),
        ),
        verb(
            "rotate",
            "give a service account a new token; it is shown this once",
            act("{service_account}:rotate"),
            _SERVICE_ACCOUNT,
            examples=("service-account rotate 3f0c8d5e-0b1f-4a57-9d6e-2f6a1c9b7e10 --field token",),
        ),
    ),
)
