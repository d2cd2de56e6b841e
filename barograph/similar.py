"""Suggestions for a name that does not exist: the known names that resemble it."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], *, max_names: int = 1) -> list[str]:
    """The names that resemble it, in either case of letters, the nearest first; often none."""
    folded = {each.casefold(): each for each in known}
    return [folded[each] for each in difflib.get_close_matches(name.casefold(), folded, n=max_names)]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question to append to a sentence, with a space before it; empty if nothing is near."""
    near = nearest(name, known, max_names=2)
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
