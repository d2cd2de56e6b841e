"""Goes on as the project's owner when root runs a command, so that nothing is left that only root can change.

`sudo make up` is then what `make up` is, and mends what an earlier `sudo` has left. Needs nothing but the
standard library, as the set-up does.

Why: decision 251.
"""

import os
import pwd
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def become_owner(of: Path, to_give: Sequence[Path], folder: Path | None = None) -> None:
    """Does nothing unless we are root, `of` belongs to another user, and they can get at it and at Python.

    Args:
        of: the project, or a data directory.
        to_give: files and folders that become theirs, where they are there.
        folder: another that becomes theirs, whatever is in it.
    """
    owner = _owner(of)
    if os.geteuid() != 0 or owner is None or not _can_reach(owner, [of, Path(sys.base_prefix)]):
        return
    for path in to_give:
        _give(path, owner)
    if folder is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    os.initgroups(owner.pw_name, owner.pw_gid)
    os.setgid(owner.pw_gid)
    os.setuid(owner.pw_uid)
    os.environ |= {"HOME": owner.pw_dir, "USER": owner.pw_name, "LOGNAME": owner.pw_name}


def _owner(of: Path) -> pwd.struct_passwd | None:
    uid = of.stat().st_uid
    return next((user for user in pwd.getpwall() if user.pw_uid == uid and uid != 0), None)


def _can_reach(owner: pwd.struct_passwd, folders: Sequence[Path]) -> bool:
    def test(folder: Path) -> bool:
        done = subprocess.run(
            ["test", "-x", folder],
            check=False,
            cwd="/",
            user=owner.pw_uid,
            group=owner.pw_gid,
            extra_groups=os.getgrouplist(owner.pw_name, owner.pw_gid),
        )
        return done.returncode == 0

    return all(test(folder) for folder in folders)


def _give(path: Path, owner: pwd.struct_passwd) -> None:
    if not path.exists() or path.is_symlink():
        return
    os.chown(path, owner.pw_uid, owner.pw_gid)
    for place, folders, files in os.walk(path):
        for name in (*folders, *files):
            os.chown(Path(place, name), owner.pw_uid, owner.pw_gid, follow_symlinks=False)
