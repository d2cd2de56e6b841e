"""What a program asks of a parser, and what it answers."""

from collections.abc import Callable
from typing import Any, NamedTuple


class ParserTask(NamedTuple):
    """A call of a function that reads what strangers sent.

    Attributes:
        function: one of a module, for it is sent by its name.
        mapped_bytes: the size of files that it maps.
        is_stream: whether it returns an iterator, each value of which is an answer of its own.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    mapped_bytes: int = 0
    is_stream: bool = False


class TaskAnswer(NamedTuple):
    """A part of a parser's answer: one value, or the end of a task.

    Attributes:
        error: what was wrong with what was read, or with the disk.
        trace: where the function itself failed.
        is_last: the parser ends now.
    """

    value: Any = None
    has_value: bool = False
    error: Exception | None = None
    trace: str = ""
    is_last: bool = False
