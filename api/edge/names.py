"""Names as one line of plain text, so that none can pose as more than a name."""

import unicodedata

# Marks that turn the direction of text around, and characters without a width: with them, names look alike.
_UNSEEN = {
    *map(chr, (0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF)),
    *map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))),
}


def folded(text: str) -> str:
    """The text in normal form (NFC), its control characters and line breaks folded into single spaces.

    Raises:
        ValueError: it holds NUL, which is no text anywhere.
    """
    if "\0" in text:
        raise ValueError("NUL is no character of a text")
    seen = (character for character in unicodedata.normalize("NFC", text) if character not in _UNSEEN)
    spaced = (
        " " if unicodedata.category(character) in {"Cc", "Zl", "Zp"} else character for character in seen
    )
    return " ".join("".join(spaced).split())


def folded_name(text: str) -> str:
    """The same, of a name that must be there.

    Raises:
        ValueError: nothing of it is left.
    """
    name = folded(text)
    if not name:
        raise ValueError("a name has at least one visible character")
    return name


def compatible(text: str) -> str:
    """A person's name: look-alikes such as full-width letters are the letters they look like (NFKC)."""
    return folded(unicodedata.normalize("NFKC", text))


def normal_email(text: str) -> str:
    """An email address as given.

    Raises:
        ValueError: it is not in normal form, so it may look like another one.
    """
    if unicodedata.normalize("NFKC", text) != text:
        raise ValueError("write the email in Unicode's normal form (NFKC)")
    return text
