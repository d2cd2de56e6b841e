"""Which API a command talks to, and as whom: by its options, else the environment, else what `up` wrote."""

import sys
from argparse import Namespace
from getpass import getpass

from barograph.cli.api_client import ApiClient, CommandCredentials, refuse_to_ask
from barograph.cli.verb import CommandRefused, NobodyAnswers, argument
from barograph.local.command import command_line
from barograph.local.connection import ConnectionFile, read_connection
from barograph.settings import Settings

ARGUMENTS = (
    argument("--api-url", metavar="URL", help="another API, as BAROGRAPH_API_URL does"),
    argument(
        "--email", help="log in as this account; its password comes from BAROGRAPH_PASSWORD, or is asked for"
    ),
)
"""Where and who, for a command that uses the API."""


def connect(options: Namespace, settings: Settings) -> ApiClient:
    """The API, not yet asked anything.

    Raises:
        CommandRefused: it is not known where the API is, or how to log in.
    """
    url = options.api_url or settings.api_url
    local = None if url else read_connection(settings.data_dir.resolve() / "connection.json")
    if local is not None:
        url = local.api_url
    if url is None:
        raise NobodyAnswers(f"Nothing runs: start it with `{command_line('up')}`, or set BAROGRAPH_API_URL.")
    return ApiClient(url, _credentials(options.email, settings, local))


def _credentials(email: str | None, settings: Settings, local: ConnectionFile | None) -> CommandCredentials:
    if email is None and settings.token is not None:
        return CommandCredentials(token=settings.token.get_secret_value())
    if email := email or settings.email:
        return CommandCredentials(email=email, password=_password(email, settings), ask_code=_ask_code)
    if local is not None and local.admin_password is not None:
        return CommandCredentials(None, local.admin_email, local.admin_password, _ask_code)
    raise CommandRefused(_who_you_are(settings, local))


def _who_you_are(settings: Settings, local: ConnectionFile | None) -> str:
    ways = "Say who you are: --email, or BAROGRAPH_EMAIL and BAROGRAPH_PASSWORD, or BAROGRAPH_TOKEN."
    if local is None:
        return ways
    why = f"The password of {local.admin_email} is not known here: it was changed, or the database restored."
    reset = command_line("reset-link", "--data", settings.data_dir)
    return f"{why} {ways} A new password comes by `{reset}`."


def _password(email: str, settings: Settings) -> str:
    if settings.password is not None:
        return settings.password.get_secret_value()
    if not sys.stdin.isatty():
        raise CommandRefused(f"The password of {email} is not known: set BAROGRAPH_PASSWORD.")
    return getpass(f"Password of {email}: ")


def _ask_code() -> str:
    if not sys.stdin.isatty():
        return refuse_to_ask()
    return getpass("Code of your authenticator app, or a recovery code: ")
