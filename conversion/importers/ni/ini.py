"""Files of sections and options, as NI MAX writes them.

Python's configparser reads on after a line at fault, and takes time of the square of how many there are.
"""

import re
from collections.abc import Mapping

from conversion.errors import ImportRefused

COMMENT = ";"
SHOWN_CHARACTERS = 60
_HEADER = re.compile(r"\[(.+)\]")


class _Reader:
    """Options by section. A value goes on in lines that are indented deeper, until one that is blank."""

    def __init__(self) -> None:
        self.sections: dict[str, dict[str, list[str]]] = {}
        self._options: dict[str, list[str]] | None = None
        self._value: list[str] | None = None
        self._depth = 0

    def read(self, line: str) -> bool:
        """Takes a line; whether it could be read."""
        content = line.strip()
        depth = len(line) - len(line.lstrip())
        if not content or content.startswith(COMMENT):
            self._value = None
        elif self._value is not None and depth > self._depth:
            self._value.append(content)
        elif header := _HEADER.match(content):
            self._options, self._value = self.sections.setdefault(header[1], {}), None
        else:
            return self._read_option(content, depth)
        return True

    def _read_option(self, content: str, depth: int) -> bool:
        name, equals, value = content.partition("=")
        if self._options is None or not equals or not name.strip():
            return False
        self._value = self._options[name.strip().lower()] = [value.strip()]
        self._depth = depth
        return True


def read_sections(text: str) -> dict[str, Mapping[str, str]]:
    """Options by section, their names in lower case.

    Raises:
        ImportRefused: a line is neither a section nor an option of one.
    """
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), 1):
        if not reader.read(line):
            shown = line.strip()[:SHOWN_CHARACTERS]
            reason = f"is malformed: line {number}, {shown!r}, is no section, and no option of one"
            raise ImportRefused("DAQmx .ini", reason)
    return {
        title: {name: "\n".join(lines) for name, lines in options.items()}
        for title, options in reader.sections.items()
    }
