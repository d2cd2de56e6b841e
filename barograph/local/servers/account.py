"""Who servers and programs run as: ourselves, or users without rights when we are root.

Servers and programs are two users, so that a hole in a program opens no file of the database. The folders
they need may lie below one that only root may enter, such as root's home; then they keep the one capability
that lets them pass, and nothing else of root.

Why: decision 251.
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

# Of nobody who logs in, where the machine has no user `barograph`. Debian gives such numbers to nobody.
PROGRAMS_UID = 64_117
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

    def own_all(self, folder: Path) -> None:
        """Give a folder and all in it to this user."""
        for place, _, names in os.walk(folder):
            for path in (Path(place), *(Path(place, name) for name in names)):
                if not self.is_ourselves:
                    os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def _identity(self) -> list[str]:
        identity = [f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups", "--no-new-privs"]
        if not self.capabilities:
            return identity
        kept = ",".join(f"+{name}" for name in self.capabilities)
        # Without the bit, access(2), which PostgreSQL asks about its programs, ignores the capability.
        return [*identity, f"--inh-caps={kept}", f"--ambient-caps={kept}", "--securebits=+no_setuid_fixup"]


def choose_account(like: Path, must_reach: Sequence[Path]) -> ServerAccount:
    """Chooses who servers run as: ourselves; as root, the owner of `like`; `nobody` if that is root too.

    Raises:
        SetUpRefused: that user cannot be made to enter every folder of `must_reach`.
    """
    if os.geteuid() != 0:
        return ServerAccount(os.geteuid(), os.getegid())
    user = _unprivileged_user(like)
    return _reaching(user.pw_uid, user.pw_gid, must_reach)


def choose_programs_account(like: Path, must_reach: Sequence[Path]) -> ServerAccount:
    """Chooses who programs run as: ourselves, or, as root, the owner of `like`, or a user of their own.

    Raises:
        SetUpRefused: as above.
    """
    owner = like.stat()
    if os.geteuid() != 0:
        return ServerAccount(os.geteuid(), os.getegid())
    if owner.st_uid != 0:
        return _reaching(owner.st_uid, owner.st_gid, must_reach)
    known = {user.pw_name: user for user in pwd.getpwall()}.get("barograph")
    uid, gid = (known.pw_uid, known.pw_gid) if known else (PROGRAMS_UID, PROGRAMS_UID)
    return _reaching(uid, gid, must_reach)


def _reaching(uid: int, gid: int, must_reach: Sequence[Path]) -> ServerAccount:
    """The user, with no more capabilities than it takes."""
    if shutil.which("setpriv") is None:
        raise SetUpRefused("Nothing here runs as root, and setpriv is missing: run as an ordinary user.")
    for capabilities in ((), *((name,) for name in PASSING_CAPABILITIES)):
        account = ServerAccount(uid, gid, capabilities)
        if all(_can_enter(account, folder) for folder in must_reach):
            return account
    folders = ", ".join(str(folder) for folder in must_reach)
    raise SetUpRefused(
        f"Nothing here runs as root, and user {uid} cannot enter {folders}. Run as an ordinary "
        "user, or move the project to a folder that everyone may enter."
    )


def _unprivileged_user(like: Path) -> pwd.struct_passwd:
    owner = like.stat().st_uid
    known = {user.pw_uid: user for user in pwd.getpwall()}
    return known[owner] if owner != 0 and owner in known else pwd.getpwnam("nobody")


def _can_enter(account: ServerAccount, folder: Path) -> bool:
    command = account.command("test", "-x", folder)
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
