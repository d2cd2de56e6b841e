"""What went wrong, in plain words and as an exit code, in place of a traceback."""

import sys
from collections.abc import Callable

from pydantic import ValidationError

from barograph.cli.verb import CommandRefused
from barograph.errors import BarographError, fault_text
from barograph.local.refusal import SetUpRefused
from barograph.plain_words import plain_words

INTERRUPTED = 130
NOBODY_READS = 141
"""What shells say of a program that SIGPIPE ended."""


def exit_code_of(action: Callable[[], int]) -> int:
    """The action's own, or that of what went wrong.

    Raises:
        BrokenPipeError: nobody reads what is said.
    """
    try:
        return action()
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        return INTERRUPTED
    except ValidationError as error:
        wrong = [f"BAROGRAPH_{str(e['loc'][0]).upper()}: {fault_text(e['msg'])}" for e in error.errors()]
        return _complain("\n".join(["A setting cannot be used:", *wrong]))
    except CommandRefused as refusal:
        return _complain(str(refusal), refusal.code)
    except OSError as error:
        words = plain_words(error)
        return _complain(f"{words[0].upper()}{words[1:]}.")
    except (SetUpRefused, BarographError) as refusal:
        return _complain(str(refusal))


def _complain(text: str, code: int = 1) -> int:
    sys.stderr.write(f"{text}\n")
    return code
