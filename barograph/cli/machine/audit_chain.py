"""`audit verify`: whether nobody has tampered with the audit trail."""

from argparse import Namespace
from dataclasses import asdict

from barograph.cli.machine.database_words import database_in_plain_words
from barograph.cli.machine.places import data_dir, database_url
from barograph.cli.verb import Reply
from barograph.identity.audit_chain import verify
from barograph.identity.audit_key import audit_key_file, load_audit_key
from barograph.settings import Settings


@database_in_plain_words()
def verify_audit(options: Namespace, settings: Settings) -> Reply:
    settings = settings.model_copy(update={"data_dir": data_dir(settings).root})
    has_key = settings.audit_key is not None or audit_key_file(settings.data_dir).exists()
    found = verify(database_url(settings), options.head, load_audit_key(settings) if has_key else None)
    answer = {**asdict(found), "head": str(found.head) if found.head else None}
    return Reply(answer, text=str(found), remarks=found.faults, code=1 if found.faults else 0)
