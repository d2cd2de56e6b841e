"""Names that resemble one that there is not."""

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question to append to a sentence, with a space before it; empty if nothing is near."""
    folded = {each.casefold(): each for each in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=2)
    return f" Did you mean {' or '.join(repr(folded[each]) for each in near)}?" if near else ""
