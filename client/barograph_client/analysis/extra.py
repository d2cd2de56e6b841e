"""httpx and Polars, which are imported when they are used: a gateway has neither, and need not.

Why: decision 640.
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any

from barograph_client.errors import ClientError

if TYPE_CHECKING:
    import httpx
    import polars as pl


__all__ = ["ExtraMissing", "LateModule", "httpx", "pl", "require_analysis"]


class ExtraMissing(ClientError, ImportError):
    """A package of an extra is not installed. The text says how to install it."""


class LateModule:
    """A module that is imported when something of it is asked for."""

    def __init__(self, name: str, extra: str) -> None:
        self._name, self._extra = name, extra
        self._module: ModuleType | None = None

    def load(self) -> ModuleType:
        """The module.

        Raises:
            ExtraMissing: it isn't there.
        """
        if self._module is None:
            try:
                self._module = importlib.import_module(self._name)
            except ImportError as error:
                raise ExtraMissing(
                    f"this needs {self._name}, which is not installed: pip install 'barograph-client"
                    f"[{self._extra}]', or pip install './client[{self._extra}]' in Barograph's folder"
                ) from error
        return self._module

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - anything of the module
        return getattr(self.load(), name)


_HTTPX, _POLARS = LateModule("httpx", "analysis"), LateModule("polars", "analysis")
if not TYPE_CHECKING:
    httpx, pl = _HTTPX, _POLARS


def require_analysis() -> None:
    """Looks whether all is there that a Client needs.

    Raises:
        ExtraMissing: something isn't.
    """
    for module in (_HTTPX, _POLARS):
        module.load()
