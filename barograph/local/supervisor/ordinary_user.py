"""Gives programs the files of a data directory that they need, where they run as another user than its
keeper.

As root, the keeper of the folder is root: its addresses and passwords are for root's eyes. Programs read the
signing key, and write files of imports, of exports and of runs.
"""

import sys
from pathlib import Path

from barograph.identity.audit_key import audit_key_file, load_audit_key
from barograph.identity.signing_keys import ensure_key, key_file
from barograph.identity.webhook_key import load_webhook_key, webhook_key_file
from barograph.local.servers.account import ServerAccount, choose_programs_account
from barograph.local.supervisor.data_dir import DataDir
from barograph.local.supervisor.programs import PROJECT
from barograph.settings import Settings


def settle_programs_account(settings: Settings, data_dir: DataDir) -> ServerAccount:
    """Chooses who programs run as, and gives them what they need of the folder.

    Raises:
        SetUpRefused: that user can't enter every folder that it needs.
    """
    must_reach = [PROJECT, data_dir.root, Path(sys.prefix), Path(sys.base_prefix)]
    account = choose_programs_account(data_dir.root, must_reach)
    if account.is_ourselves:
        return account
    for folder in data_dir.program_folders:
        folder.mkdir(mode=0o700, exist_ok=True)
        account.own_all(folder)
    if settings.signing_key is None:
        ensure_key(key_file(data_dir.root))
        account.own(key_file(data_dir.root))
    if settings.audit_key is None:
        load_audit_key(settings)
        account.own(audit_key_file(data_dir.root))
    if settings.webhook_key is None:
        load_webhook_key(settings)
        account.own(webhook_key_file(data_dir.root))
    return account
