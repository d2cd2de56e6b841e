"""What entries of the audit trail are called: an action is a kind of thing and what was done to it.

Whoever writes a new one adds it here, so that a question can be asked for it.
"""

from collections.abc import Mapping

from barograph.similar import did_you_mean

_DONE: Mapping[str, str] = {
    "access": "refuse",
    "account": "add-factor change-password create-login-code create-reset-link deactivate log-in "
    "log-in-failed log-out log-out-elsewhere pass-first-step reactivate refresh register remove-factor "
    "rename renew-recovery-codes require-password-change reset-factors reset-password second-factor-failed "
    "use-login-code used-token-returned",
    "alarm": "acknowledge",
    "annotation": "change create delete",
    "artifact": "approve complete create delete reject upload",
    "audit": "prune",
    "backfill": "cancel create end pause resume undo",
    "capture-session": "change close create delete start stop",
    "comparison": "change create delete",
    "conversion-profile": "activate create deprecate restore",
    "experiment": "change create delete",
    "export": "cancel create",
    "import": "cancel create pause resume start undo upload",
    "ingest-token": "create revoke rotate",
    "invitation": "accept create revoke",
    "limit": "create delete",
    "measure": "change create delete",
    # `add` is of early installations, whose trail still tells it.
    "member": "add change remove",
    "project": "change create delete retain",
    "rejected-reading": "replay",
    "run": "bind-sensor change create delete finish replace-metrics unbind-sensor",
    "sensor": "change create delete",
    "service-account": "create revoke rotate",
    "sql-role": "change create remove",
    "view": "change create delete",
    "webhook": "change create delete redeliver rotate-secret test",
}
AUDIT_ACTIONS = frozenset(f"{kind}.{done}" for kind, all_done in _DONE.items() for done in all_done.split())


def check_action(text: str) -> str:
    """The text, an action.

    Raises:
        ValueError: it is none; says which it may be.
    """
    if text in AUDIT_ACTIONS:
        return text
    kind = text.partition(".")[0]
    if kind not in _DONE:
        hint = did_you_mean(text, AUDIT_ACTIONS) or f" One begins with a kind: {', '.join(_DONE)}."
    else:
        of_kind = [action for action in sorted(AUDIT_ACTIONS) if action.startswith(f"{kind}.")]
        hint = did_you_mean(text, of_kind) or f" There are {', '.join(of_kind)}."
    raise ValueError(f"there is no action {text!r}.{hint}")


def check_kind(text: str) -> str:
    """The text, a kind of thing that actions are of.

    Raises:
        ValueError: it is none; says which it may be.
    """
    if text not in _DONE:
        hint = did_you_mean(text, _DONE) or f" There are {', '.join(_DONE)}."
        raise ValueError(f"there is no kind {text!r}.{hint}")
    return text
