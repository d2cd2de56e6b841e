"""Ends set-up with a sentence instead of a traceback when it can't go on. Standard library only."""

import sys
from collections.abc import Callable

from barograph.local.refusal import SetUpRefused

INTERRUPTED = 130


def end_plainly(action: Callable[[], None]) -> int:
    """Does it; the exit code."""
    try:
        action()
    except SetUpRefused as refusal:
        return _complain(str(refusal))
    except KeyboardInterrupt:
        _complain("Interrupted. What was begun is made again, or finished, next time.")
        return INTERRUPTED
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        return _complain(
            f"{error.strerror or error}{place}. Set-up writes into the project's folder, which must not be "
            "read-only; where another user or `sudo` has made what is in it, give it back with chown."
        )
    return 0


def _complain(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1
