"""Where the API is and who asks: as arguments say, else the environment, else the file that `up` writes."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from barograph_client.analysis.problems import NoAccess

AskCode = str | Callable[[], str] | None
"""The code of an account with a second factor, or what asks for it."""


@dataclass(frozen=True)
class ApiAccess:
    """An address, and a token as it is or an email and password to log in with."""

    url: str
    token: str | None = None
    email: str | None = None
    password: str | None = None
    code: AskCode = None

    @property
    def is_local(self) -> bool:
        """Whether the API is on this machine, to which no proxy leads."""
        return urlsplit(self.url).hostname in {"127.0.0.1", "localhost", "::1"}

    def __repr__(self) -> str:
        return f"ApiAccess({self.url!r}, {self.email or 'a token'})"


def find_access(
    url: str | None = None,
    token: str | None = None,
    *,
    email: str | None = None,
    password: str | None = None,
    connection: str | os.PathLike[str] | None = None,
    code: AskCode = None,
    environment: Mapping[str, str] | None = None,
) -> ApiAccess:
    """Finds the API to use, and the log-in to it.

    Args:
        environment: in place of the process's own.

    Raises:
        NoAccess: something is missing; says what.
    """
    around = os.environ if environment is None else environment
    file = _connection(connection, around, is_needed=url is None)
    if connection is None:
        url = url or around.get("BAROGRAPH_API_URL")
        if email is None:
            token = token or around.get("BAROGRAPH_TOKEN")
        if token is None:
            email = email or around.get("BAROGRAPH_EMAIL")
            password = password or around.get("BAROGRAPH_PASSWORD")
    url = url or file.get("api_url")
    if url is None:
        raise NoAccess(
            "it is not known where the API is: start it with `barograph up`, or set BAROGRAPH_API_URL "
            "or BAROGRAPH_CONNECTION (the path of a connection.json)"
        )
    if not url.startswith(("http://", "https://")):
        raise NoAccess(f"{url} is no address of an API: write it as https://{url}")
    if token is None and email is None and url == file.get("api_url"):
        email, password = file.get("admin_email"), file.get("admin_password")
    if token is None and (email is None or password is None):
        raise NoAccess(
            f"it is not known who asks {url}: give a token, or set BAROGRAPH_TOKEN (that of a service "
            "account), or BAROGRAPH_EMAIL and BAROGRAPH_PASSWORD"
        )
    return ApiAccess(url.rstrip("/"), token, email, password, code)


def _connection(
    named: str | os.PathLike[str] | None, around: Mapping[str, str], *, is_needed: bool
) -> Mapping[str, Any]:
    """Reads the file; nothing where there is none and none was named."""
    if named is None:
        named = around.get("BAROGRAPH_CONNECTION")
    if named is not None:
        return _read(_file_of(Path(named)))
    if not is_needed or "BAROGRAPH_API_URL" in around:
        return {}
    found = next(filter(_is_ours, _places(around)), None)
    return {} if found is None else _read(found)


def _file_of(path: Path) -> Path:
    return path / "connection.json" if path.is_dir() else path


def _places(around: Mapping[str, str]) -> Iterator[Path]:
    """Where `up` may have written: the folder that is set, those above this one, the project's own."""
    if folder := around.get("BAROGRAPH_DATA_DIR"):
        yield Path(folder) / "connection.json"
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[4]):
        yield folder / ".data" / "connection.json"


def _is_ours(path: Path) -> bool:
    """Whether it is there, and nobody else has put it there for us to find."""
    try:
        return not hasattr(os, "getuid") or path.stat().st_uid == os.getuid()
    except OSError:
        return False


def _read(path: Path) -> Mapping[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NoAccess(f"{path} can't be read: {error}") from None
