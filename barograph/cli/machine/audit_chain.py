"""`audit verify`: whether nobody has tampered with the audit trail."""

from argparse import Namespace
from dataclasses import asdict

from barograph.cli.machine.places import database_url
from barograph.cli.verb import Reply, Verb, argument
from barograph.identity.audit_chain import Link, verify
from barograph.settings import Settings


def _verify(options: Namespace, settings: Settings) -> Reply:
    found = verify(database_url(settings), options.head)
    answer = {**asdict(found), "head": str(found.head) if found.head else None}
    return Reply(answer, text=str(found), remarks=found.faults, code=1 if found.faults else 0)


AUDIT_VERIFY = Verb(
    "verify",
    "check that nobody has tampered with the audit trail, in the database itself",
    _verify,
    (
        argument(
            "--head",
            type=Link.parse,
            metavar="HEAD",
            help="one noted earlier, which must still be in the chain",
        ),
    ),
    examples=("audit verify",),
)
