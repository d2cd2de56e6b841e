"""Functions whose modules are imported when they are called, so that a command starts fast.

What verbs of this machine need (the driver of the database, NumPy, the supervisor) takes longer to import
than most commands take, and these need none of it.
"""

import importlib
from dataclasses import dataclass
from operator import attrgetter
from typing import Any


@dataclass(frozen=True)
class LateFunction:
    """A function, by its module and its name there, which may be that of a class's method."""

    module: str
    name: str

    def resolve(self) -> Any:  # noqa: ANN401  # a function of any kind
        return attrgetter(self.name)(importlib.import_module(self.module))

    def __call__(self, *arguments: Any) -> Any:  # noqa: ANN401  # as the function has them
        return self.resolve()(*arguments)
