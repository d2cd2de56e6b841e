"""Names as one line of plain text, so that none can pose as more than a name."""

import unicodedata

# Letters without a shape. Format characters are not seen either: marks that turn the direction of text
# around, and characters without a width. Two of these are needed to write Persian, Indic languages and emoji.
_FILLERS = frozenset(map(chr, (0x115F, 0x1160, 0x3164, 0xFFA0)))
_JOINERS = frozenset(map(chr, (0x200C, 0x200D)))
# Scripts whose letters look like each other's.
_SIMILAR_SCRIPTS = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC"})
# Small letters of others that look like Latin ones, and those.
_LOOKALIKES = str.maketrans(
    "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440\u051b\u0455\u0443\u0445\u051d"
    "\u03b1\u03b9\u03ba\u03bd\u03bf\u03c1\u03c5\u03c7\u0131\u0578\u057d\u0585\u0570",
    "acdehijlopqsyxwaikvopuxinuoh",
)


def folded(text: str) -> str:
    """The text in normal form (NFC), its control characters and line breaks folded into single spaces.

    Raises:
        ValueError: it holds NUL, which is no text anywhere.
    """
    if "\0" in text:
        raise ValueError("NUL is no character of a text")
    seen = (character for character in unicodedata.normalize("NFC", text) if _is_seen(character))
    spaced = (
        " " if unicodedata.category(character) in {"Cc", "Zl", "Zp"} else character for character in seen
    )
    return " ".join("".join(spaced).split())


def folded_name(text: str) -> str:
    """The same, of a name that must be there.

    Raises:
        ValueError: nothing of it is left, or a word of it mixes Latin and Cyrillic letters.
    """
    name = folded(text)
    check_visible(name)
    # Greek and Latin letters stand side by side in engineers' names, as in `\u0394T`.
    return _unmixed(name, frozenset({"LATIN", "CYRILLIC"}))


def check_visible(text: str) -> None:
    """Looks for a character that somebody sees.

    Raises:
        ValueError: there is none.
    """
    # Most texts, in a tenth of the time.
    if text.isascii() and text.isprintable() and text.strip():
        return
    if not folded(text).strip("".join(_JOINERS)):
        raise ValueError("has at least one visible character")


def compatible(text: str) -> str:
    """A person's name: look-alikes such as full-width letters are the letters they look like (NFKC).

    Raises:
        ValueError: a word of it mixes scripts that look alike.
    """
    return _unmixed(folded(unicodedata.normalize("NFKC", text)), _SIMILAR_SCRIPTS)


def normal_email(text: str) -> str:
    """An email address as given.

    Raises:
        ValueError: it may look like another one, as it is not in normal form, holds characters that nobody
            sees, or mixes scripts that look alike in a word.
    """
    if unicodedata.normalize("NFKC", text) != text:
        raise ValueError("write the email in Unicode's normal form (NFKC)")
    if not all(_is_seen(character) and character not in _JOINERS for character in text):
        raise ValueError("an email holds no characters that nobody sees")
    return _unmixed(text, _SIMILAR_SCRIPTS)


def latin_lookalike(text: str) -> str:
    """The text in small letters, with Latin letters in place of those that look like them."""
    return text.lower().translate(_LOOKALIKES)


def _is_seen(character: str) -> bool:
    is_format = unicodedata.category(character) == "Cf" and character not in _JOINERS
    return not is_format and character not in _FILLERS


def _unmixed(text: str, scripts: frozenset[str]) -> str:
    for word in "".join(character if character.isalpha() else " " for character in text).split():
        found = {unicodedata.name(letter, "").partition(" ")[0] for letter in word} & scripts
        if len(found) > 1:
            mixed = " and ".join(sorted(script.capitalize() for script in found))
            raise ValueError(f"a word mixes {mixed} letters, so it may look like another one")
    return text
