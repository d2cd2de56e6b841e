"""Patterns of LIKE, for lists that are searched by a text."""


def containing(text: str) -> str:
    """The pattern of what contains this text, as it stands."""
    literal = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{literal}%"
