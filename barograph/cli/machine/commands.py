"""What can be done on this machine: `up` and `down`, and what whoever has the server does to it.

Only names stand here. What they do is imported when it is done.
"""

from argparse import BooleanOptionalAction
from pathlib import Path

from barograph.cli.late import LateFunction
from barograph.cli.moments import HELP
from barograph.cli.verb import Noun, Verb, argument

_RUNNING = "barograph.cli.machine.up_and_down"
_ADMINISTRATION = "barograph.cli.machine.administration"
_AUDIT_CHAIN = "barograph.cli.machine.audit_chain"
_SQL_ROLES = "barograph.cli.machine.sql_roles"

UP = Verb(
    "up",
    "start everything, and stop it on Ctrl-C",
    LateFunction(_RUNNING, "start"),
    (
        argument("--api-port", type=int, metavar="N", help="port of the API and the portal (8000)"),
        argument("--ingest-port", type=int, metavar="N", help="port gateways send to (8001)"),
        argument("--no-demo", action="store_true", help="do not replay a recording"),
        argument(
            "--backup-to", metavar="PLACE", help="keep backups in this folder, or in s3://bucket/prefix"
        ),
        argument(
            "--mqtt",
            dest="mqtt_config",
            metavar="FILE",
            help="carry messages of an MQTT broker too, by this file of settings",
        ),
        argument("--detach", action="store_true", help="return once everything answers; it runs on"),
        argument("--reload", action="store_true", help="start programs again when their code changes"),
    ),
    examples=(
        "up",
        "up --detach --no-demo --api-port 9000 --ingest-port 9001",
        "up --backup-to /mnt/backups",
        "up --mqtt /etc/barograph/bridge.toml",
    ),
)
DOWN = Verb(
    "down", "stop what `up` started; the data stays", LateFunction(_RUNNING, "stop"), examples=("down",)
)
STATUS = Verb(
    "status", "say what runs", LateFunction(_RUNNING, "show_status"), examples=("status", "status --json")
)
DOCTOR = Verb(
    "doctor",
    "look for what is wrong, and say what to do about it",
    LateFunction(_RUNNING, "look_for_trouble"),
    examples=("doctor", "doctor --json"),
)


SANDBOX = Verb(
    "sandbox",
    "load an installation that is made for it, and say which promises it kept",
    LateFunction("barograph.cli.machine.sandbox.command", "run_sandbox"),
    (
        argument("--rigs", type=int, default=4, metavar="N", help="gateways that send (4)"),
        argument("--sensors", type=int, default=25, metavar="N", help="of each rig (25)"),
        argument(
            "--rate", dest="rate_hz", type=float, default=100.0, metavar="HZ", help="of each sensor (100)"
        ),
        argument("--late", type=float, default=0.02, metavar="SHARE", help="what is sent late (0.02)"),
        argument(
            "--questions",
            dest="questions_hz",
            type=float,
            default=20.0,
            metavar="HZ",
            help="to the API, of all people together (20)",
        ),
        argument("--sql", dest="sql_hz", type=float, default=5.0, metavar="HZ", help="in SQL (5)"),
        argument("--seconds", type=float, default=60.0, metavar="S", help="how long (60)"),
        argument("--folder", type=Path, metavar="DIR", help="keep its data there; else it is removed"),
    ),
    examples=("sandbox", "sandbox --rigs 20 --rate 500 --seconds 300 --json"),
)


_WHO = argument("who", nargs="?", metavar="EMAIL", help="whose; the first admin's")

MIGRATE = Verb(
    "migrate",
    "bring the database's tables up to date, and make the first admin if its password is set",
    LateFunction(_ADMINISTRATION, "migrate_database"),
    (
        argument(
            "--blocks",
            action="store_true",
            help="then store readings as blocks, since no program of a release that knows none runs any more",
        ),
    ),
    examples=("migrate", "migrate --blocks"),
)
ROTATE_SIGNING_KEY = Verb(
    "rotate-signing-key",
    "sign access tokens with a new key from now on",
    LateFunction(_ADMINISTRATION, "rotate_signing_key"),
    examples=("rotate-signing-key",),
)
RESET_LINK = Verb(
    "reset-link",
    "make a link that sets a new password, for who has lost theirs",
    LateFunction(_ADMINISTRATION, "reset_link"),
    (_WHO,),
    examples=("reset-link bo@example.org",),
)
LOGIN_LINK = Verb(
    "login-link",
    "make a link that logs a browser in, once",
    LateFunction(_ADMINISTRATION, "make_login_link"),
    (_WHO,),
    examples=("login-link", "login-link bo@example.org"),
)
RESET_FACTORS = Verb(
    "reset-factors",
    "take away the second factors of who has lost them",
    LateFunction(_ADMINISTRATION, "reset_factors"),
    (_WHO,),
    examples=("reset-factors bo@example.org",),
)


AUDIT_VERIFY = Verb(
    "verify",
    "check that nobody has tampered with the audit trail, in the database itself",
    LateFunction(_AUDIT_CHAIN, "verify_audit"),
    (
        argument(
            "--head",
            type=LateFunction("barograph.identity.audit_chain", "Link.parse"),
            metavar="HEAD",
            help="one noted earlier, which must still be in the chain",
        ),
    ),
    examples=("audit verify",),
)


_SQL_ROLE = argument("name", metavar="NAME", help="how it logs in to PostgreSQL")
_PASSWORD_FILE = argument(
    "--password-file",
    type=Path,
    metavar="FILE",
    help="a file with its password; else one is made, and shown once",
)
_SQL_EXPIRY = argument("--expires", metavar="TIME", help=f"until when it sees anything, as +90d ({HELP})")

SQL_ROLE = Noun(
    "sql-role",
    "log-ins to PostgreSQL for people who ask in SQL, such as in Grafana",
    (
        Verb(
            "create",
            "make a log-in that sees these projects alone, by the views of `barograph_public`",
            LateFunction(_SQL_ROLES, "create"),
            (
                _SQL_ROLE,
                argument(
                    "--project",
                    action="append",
                    required=True,
                    metavar="PROJECT",
                    help="one that it sees, by name or id; may be said again",
                ),
                argument(
                    "--raw",
                    action="store_true",
                    help="show it raw values where a project hides them from viewers",
                ),
                _PASSWORD_FILE,
                _SQL_EXPIRY,
            ),
            examples=(
                "sql-role create grafana --project 'Rig 7'",
                "sql-role create ana --project 'Rig 7' --expires +90d",
            ),
        ),
        Verb(
            "list",
            "list these log-ins, what they see, and how many connections each has",
            LateFunction(_SQL_ROLES, "list_all"),
            examples=("sql-role list",),
        ),
        Verb(
            "change",
            "change what a log-in sees, at once, or give it another password",
            LateFunction(_SQL_ROLES, "change"),
            (
                _SQL_ROLE,
                argument(
                    "--project",
                    action="append",
                    metavar="PROJECT",
                    help="all that it sees, in place of those before",
                ),
                argument("--raw", action=BooleanOptionalAction, help="whether it sees hidden raw values"),
                argument(
                    "--new-password", action="store_true", help="make another password, and show it once"
                ),
                _PASSWORD_FILE,
                _SQL_EXPIRY,
            ),
            examples=(
                "sql-role change grafana --project 'Rig 7' --project 'Rig 8'",
                "sql-role change ana --expires never",
            ),
        ),
        Verb(
            "remove",
            "remove a log-in and end its connections",
            LateFunction(_SQL_ROLES, "remove"),
            (_SQL_ROLE,),
            examples=("sql-role remove grafana",),
        ),
    ),
    usual="create",
)
