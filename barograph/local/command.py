"""The command `barograph`: the script that set-up puts into the environment, and how hints name it.

Needs nothing but the standard library, because set-up runs before there is anything else.
"""

import shlex
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
NAME = "barograph"
# `-P` keeps the folder it is called from off Python's path: something there may bear our packages' names.
_SCRIPT = """\
#!/bin/sh
# Barograph's command line, from any folder. Set-up writes this file.
exec {python} -P -c 'import sys
sys.path.insert(0, sys.argv.pop(1))
from barograph.__main__ import main
sys.exit(main())' {project} "$@"
"""


def write_command(folder: Path, python: Path, project: Path = PROJECT) -> None:
    """Puts the script into the folder, unless it is there as it should be."""
    path = folder / NAME
    text = _SCRIPT.format(python=shlex.quote(str(python)), project=shlex.quote(str(project)))
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)


def command_line(*words: str | Path) -> str:
    """A command for people to copy into a shell, which works in every folder."""
    script = Path(sys.executable).parent / NAME
    program = [str(script)] if script.exists() else ["env", "-C", str(PROJECT), sys.executable, "-m", NAME]
    return shlex.join([*program, *map(str, words)])
