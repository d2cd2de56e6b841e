"""Libraries in C that stand between a program and the machine (`LD_PRELOAD`), for tests that need them."""

import shutil
import subprocess
from pathlib import Path

import pytest

COMPILER = shutil.which("cc")
FLAGS = ("-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler (cc) here")


def compiled(source: Path, folder: Path) -> Path:
    """The library, for every user."""
    library = folder / source.with_suffix(".so").name
    subprocess.run([str(COMPILER), *FLAGS, str(source), "-o", str(library)], check=True)
    library.chmod(0o755)
    return library
