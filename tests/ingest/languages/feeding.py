"""What a program says that sends readings."""

import subprocess

WITHIN_S = 120


def wait_for_line(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout is not None
    for said in process.stdout:
        if said.strip() == line:
            return
    raise AssertionError(f"it ended without {line!r}: {process.stderr and process.stderr.read()}")


def last_line(process: subprocess.Popen[str]) -> str:
    """The last of what it says until it ends."""
    said, complaints = process.communicate(timeout=WITHIN_S)
    assert said, complaints
    return said.splitlines()[-1]
