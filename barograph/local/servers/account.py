"""Who the embedded servers run as: ourselves, or a user without rights when we are root.

PostgreSQL refuses to be root. The folders it needs may lie below one that only root may enter, such
as root's home; then the servers keep the one capability that lets them pass, and nothing else of root.
"""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from barograph.local.refusal import SetUpRefused

# The first only reads and enters folders; containers often have only the second.
PASSING_CAPABILITIES = ("dac_read_search", "dac_override")


@dataclass(frozen=True)
class ServerAccount:
    """A user to run servers as; `capabilities` are setpriv's names of those kept from root."""

    uid: int
    gid: int
    capabilities: tuple[str, ...] = ()

    @cached_property
    def is_ourselves(self) -> bool:
        return self.uid == os.geteuid()

    def command(self, *argv: str | Path, dies_by: signal.Signals | None = None) -> list[str]:
        """`argv` run as this user; with `dies_by`, the signal it gets should its parent die first."""
        options = [] if self.is_ourselves else self._identity()
        if dies_by is not None:
            options.append(f"--pdeathsig={dies_by.name}")
        words = [str(word) for word in argv]
        return ["setpriv", *options, "--", *words] if options else words

    def own(self, path: Path) -> None:
        """Give a file or folder to this user."""
        if not self.is_ourselves:
            os.chown(path, self.uid, self.gid)

    def _identity(self) -> list[str]:
        identity = [f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups", "--no-new-privs"]
        if not self.capabilities:
            return identity
        kept = ",".join(f"+{name}" for name in self.capabilities)
        # Without the bit, access(2), which PostgreSQL asks about its programs, ignores the capability.
        return [*identity, f"--inh-caps={kept}", f"--ambient-caps={kept}", "--securebits=+no_setuid_fixup"]


def choose_account(like: Path, must_reach: Sequence[Path]) -> ServerAccount:
    """Ourselves, or, as root, another: the owner of `like`, or `nobody` where that is root too.

    Raises:
        SetUpRefused: that user cannot be made to enter every folder of `must_reach`.
    """
    if os.geteuid() != 0:
        return ServerAccount(os.geteuid(), os.getegid())
    user = _unprivileged_user(like)
    if shutil.which("setpriv") is None:
        raise SetUpRefused("PostgreSQL does not run as root and setpriv is missing: run as an ordinary user.")
    for capabilities in ((), *((name,) for name in PASSING_CAPABILITIES)):
        account = ServerAccount(user.pw_uid, user.pw_gid, capabilities)
        if all(_can_enter(account, folder) for folder in must_reach):
            return account
    folders = ", ".join(str(folder) for folder in must_reach)
    raise SetUpRefused(
        f"PostgreSQL does not run as root, and {user.pw_name} cannot enter {folders}. Run as an ordinary "
        "user, or move the project to a folder that everyone may enter."
    )


def _unprivileged_user(like: Path) -> pwd.struct_passwd:
    owner = like.stat().st_uid
    known = {user.pw_uid: user for user in pwd.getpwall()}
    return known[owner] if owner != 0 and owner in known else pwd.getpwnam("nobody")


def _can_enter(account: ServerAccount, folder: Path) -> bool:
    command = account.command("test", "-x", folder)
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
