"""Releases as `docs/releases` keeps them, and their code, where this clone has it."""

import json
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.programs import ROOT
from tools.release import RELEASES

# So many releases back, code must go on beside what is newer.
STANDING = 2


@dataclass(frozen=True)
class KeptRelease:
    """One folder."""

    folder: Path

    @property
    def version(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.folder.name.split("."))

    @property
    def facts(self) -> dict[str, Any]:
        return json.loads((self.folder / "release.json").read_text())


def standing_releases() -> list[KeptRelease]:
    """The last ones, the oldest first."""
    kept = [KeptRelease(path) for path in RELEASES.iterdir() if path.is_dir()]
    return sorted(kept, key=lambda each: each.version)[-STANDING:]


@contextmanager
def code_of(release: KeptRelease, folder: Path) -> Generator[Path]:
    """The release's code in a folder of its own, gone afterwards. Skips where the clone does not have it."""
    commit: str = release.facts["commit"]
    if not _git("cat-file", "-e", f"{commit}^{{commit}}"):
        pytest.skip(f"this clone does not have commit {commit[:12]} of {release.folder.name}: it is shallow")
    assert _git("worktree", "add", "--detach", str(folder), commit)
    try:
        yield folder
    finally:
        _git("worktree", "remove", "--force", str(folder))


def _git(*words: str) -> bool:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True).returncode == 0
