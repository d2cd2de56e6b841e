"""Which passwords are refused because many people guess them first.

The list is that of zxcvbn. Its estimate is not used: some passwords of 72 characters take it seconds.

Why: decision 240.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from barograph.errors import BarographError

MIN_CHARACTERS = 8
# As many beside a common password, or beside what one is known by, add nothing worth mentioning.
MAX_TRIVIAL_CHARACTERS = 4
# As many repeated make no password.
MAX_PERIOD = 4
# A shorter name is part of too many words.
MIN_NAME_CHARACTERS = 4
_LEET = [str.maketrans(f"4@031{one}5$7+8", f"aaoei{letter}ssttb") for one, letter in ("!i", "|l")]


class WeakPassword(BarographError):
    """The password could be guessed"""


def weakness(password: str, known: Iterable[str] = ()) -> str | None:
    """Why a password could be guessed, as an end of "the password …"; None if nothing speaks against it.

    Args:
        known: what others know of whoever it is for, such as the email and the name.
    """
    plain = unicodedata.normalize("NFKC", password).casefold()
    if not any(map(_is_seen, plain)):
        return "is blank"
    if _is_repeated(plain) or _is_row(plain):
        return "is a row, or a few characters again and again"
    if any(_is_mostly(plain, word) for text in known for word in _names(text)):
        return "is made of the email or the name"
    if any(form in _common() for form in _forms(plain)):
        return "is one of those that many people use"
    return None


def check_strength(password: str, known: Iterable[str] = ()) -> None:
    """Lets a password pass that is long enough and not weak.

    Raises:
        WeakPassword: says why.
    """
    if len(password) < MIN_CHARACTERS:
        raise WeakPassword(f"the password is shorter than {MIN_CHARACTERS} characters")
    reason = weakness(password, known)
    if reason is not None:
        raise WeakPassword(f"the password {reason}; choose another")


@cache
def _common() -> frozenset[str]:
    return frozenset(FREQUENCY_LISTS["passwords"])


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] not in {"C", "Z"}


def _is_repeated(text: str) -> bool:
    """Whether the text is one part of a few characters, repeated."""
    return (text + text).find(text, 1) <= MAX_PERIOD


def _is_row(text: str) -> bool:
    """Whether each character is the next, or each the one before, as in `23456789`."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1})


def _names(text: str) -> Iterator[str]:
    """The text itself and, of an email, what stands before the @."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    for name in {plain, plain.partition("@")[0]}:
        if len(name) >= MIN_NAME_CHARACTERS:
            yield name


def _is_mostly(text: str, name: str) -> bool:
    """Whether a text holds a whole email, or little besides another name."""
    rest = len(text) - len(name)
    return name in text and ("@" in name or rest < MIN_CHARACTERS)


def _forms(text: str) -> Iterator[str]:
    """Yields the text as it is, without trimmings, and with digits as letters, to compare with the list."""
    for form in (text, *map(text.translate, _LEET)):
        core = form.strip("0123456789!?.,;:#*_-+=$ ")
        yield form
        if len(form) - len(core) <= MAX_TRIVIAL_CHARACTERS:
            yield core
    core = text.strip("0123456789!?.,;:#*_-+=$ ")
    if len(text) - len(core) <= MAX_TRIVIAL_CHARACTERS:
        yield from map(core.translate, _LEET)
