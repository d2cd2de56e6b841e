"""Every operation of the API, taken from the routes themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr

from api.app import create_app
from barograph.settings import Settings
from tests.api.server import PREFIX, SIGNING_KEY


@dataclass(frozen=True, order=True)
class Operation:
    """A method and a path's template, below `/api/v1` unless it begins with /auth or /session."""

    method: str
    path: str
    takes_json: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@cache
def application() -> FastAPI:
    """The application, for looking at: its document takes a second to make. Its database is never called."""
    return create_app(Settings(signing_key=SecretStr(SIGNING_KEY)), "postgresql://127.0.0.1:1/none")


@cache
def operations() -> Sequence[Operation]:
    """All of them."""
    paths: dict[str, dict[str, dict[str, Any]]] = application().openapi()["paths"]
    return sorted(
        Operation(method.upper(), path.removeprefix(PREFIX), _takes_json(described))
        for path, methods in paths.items()
        for method, described in methods.items()
    )


def _takes_json(described: dict[str, Any]) -> bool:
    return "application/json" in described.get("requestBody", {}).get("content", {})
