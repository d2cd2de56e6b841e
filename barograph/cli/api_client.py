"""The public HTTP API as our own commands use it: JSON, logged in, over the standard library."""

import http.client
import json
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias
from urllib.parse import urlencode, urlsplit

from barograph.cli.server_events import ServerEvent, read_events
from barograph.cli.verb import CommandRefused, NobodyAnswers
from barograph.plain_words import plain_words

TIMEOUT_S = 30.0
PAGE = 500
PIECE_BYTES = 2**20
APP_CODE_DIGITS = 6
Body: TypeAlias = Mapping[str, Any] | bytes | None
"""JSON, or a piece of a file."""


class ApiRefused(CommandRefused):
    """The API's problem document, in words."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        said = problem.get("detail") or problem.get("title") or f"HTTP {status}"
        faults = [f"  {fault['pointer']}: {fault['detail']}" for fault in problem.get("errors", ())]
        super().__init__("\n".join([f"Refused ({status}): {said}", *faults]))
        self.status = status


def refuse_to_ask() -> str:
    """Nobody is there to be asked for a code.

    Raises:
        CommandRefused: always.
    """
    raise CommandRefused(
        "The account has a second factor, and nobody can be asked for its code: use BAROGRAPH_TOKEN."
    )


@dataclass(frozen=True)
class CommandCredentials:
    """A token as it is, or an email and password to log in with.

    Attributes:
        ask_code: asks for the code of an account that has a second factor.
    """

    token: str | None = None
    email: str | None = None
    password: str | None = None
    ask_code: Callable[[], str] = refuse_to_ask


class ApiClient:
    """Everything it is asked, it asks as one caller.

    Raises:
        ApiRefused: from every method, for answers of 400 and above.
        NobodyAnswers: from every method, if nothing answers at the URL, or something else does.
    """

    def __init__(self, url: str, credentials: CommandCredentials) -> None:
        if not url.startswith(("http://", "https://")):
            raise CommandRefused(f"{url} is no address of an API: write it as http://{url}.")
        self._url = url.rstrip("/")
        self._credentials = credentials
        self._token = credentials.token

    def get(self, path: str, **query: object) -> dict[str, Any]:
        """Gets a document. Lists in the query are repeated, None is left out."""
        given = {name: value for name, value in query.items() if value is not None}
        return self.call("GET", f"{path}?{urlencode(given, doseq=True)}" if given else path)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Posts a body; returns the document that it made."""
        return self.call("POST", path, body)

    def patch(self, path: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """The item as it is after the changes."""
        return self.call("PATCH", path, changes)

    def put(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The item as it is now."""
        return self.call("PUT", path, body)

    def delete(self, path: str) -> None:
        """Ends an item."""
        self.call("DELETE", path)

    def put_piece(self, path: str, offset: int, piece: bytes) -> dict[str, Any]:
        """Sends a piece of a file; returns what the server has of it then."""
        return self.call("PUT", f"{path}?offset={offset}", piece)

    def items(self, path: str, *, max_items: int | None = None, **query: object) -> Iterator[dict[str, Any]]:
        """A list, page after page, as far as it is read."""
        return islice(self._items(path, min(max_items or PAGE, PAGE), query), max_items)

    def _items(self, path: str, limit: int, query: Mapping[str, object]) -> Iterator[dict[str, Any]]:
        cursor = None
        while True:
            page = self.get(path, limit=limit, cursor=cursor, **query)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def call(self, method: str, path: str, body: Body = None) -> dict[str, Any]:
        """The answer; an empty one if there is no content."""
        if self._token is None:
            self._log_in()
        status, answer = self._ask(method, path, body)
        if status == 401 and self._credentials.token is None:
            self._log_in()  # the token's time is over
            status, answer = self._ask(method, path, body)
        return _accepted(status, answer)

    def _log_in(self) -> None:
        who = {"email": self._credentials.email, "password": self._credentials.password}
        answer = _accepted(*self._ask("POST", "/auth/login", who))
        if answer.get("mfa_required"):
            code = self._credentials.ask_code().strip()
            # An app's code is six digits; a recovery code is longer.
            proof = {"method": "totp" if len(code) == APP_CODE_DIGITS else "recovery-code", "code": code}
            step = {"mfa_token": answer["mfa_token"], "proof": proof}
            answer = _accepted(*self._ask("POST", "/auth/login:verify", step))
        self._token = answer["access_token"]

    def events(self, path: str, last_id: str | None = None, **query: object) -> Iterator[ServerEvent]:
        """A stream of events, until the server ends it.

        Args:
            last_id: of the last event that is known, to go on from there.
        """
        if self._token is None:
            self._log_in()
        headers = {"Accept": "text/event-stream"}
        if last_id is not None:
            headers["Last-Event-ID"] = last_id
        with self._answered("GET", f"{path}?{urlencode(query, doseq=True)}", None, headers) as response:
            if response.status >= 400:
                raise ApiRefused(response.status, json.loads(response.read() or "{}"))
            yield from read_events(response)

    def pieces(self, path: str, etag: str, offset: int) -> Iterator[tuple[int, bytes]]:
        """A file from an offset on, or whole where it is another by now: pieces with their offsets."""
        if self._token is None:
            self._log_in()
        headers = {"Accept": "application/octet-stream", "Range": f"bytes={offset}-", "If-Range": f'"{etag}"'}
        with self._answered("GET", path, None, headers) as response:
            if response.status >= 400:
                raise ApiRefused(response.status, json.loads(response.read() or "{}"))
            at = offset if response.status == 206 else 0
            while piece := response.read(PIECE_BYTES):
                yield at, piece
                at += len(piece)

    def redirection(self, path: str) -> str | None:
        """Where something is to be fetched from instead, if it is."""
        if self._token is None:
            self._log_in()
        with self._answered("HEAD", path, None, {"Accept": "application/octet-stream"}) as response:
            is_elsewhere = response.status == http.client.TEMPORARY_REDIRECT
            return response.headers["Location"] if is_elsewhere else None

    def forget_token(self) -> None:
        """Logs in again at the next question, where there is something to log in with."""
        self._token = self._credentials.token

    def _ask(self, method: str, path: str, body: Body) -> tuple[int, dict[str, Any]]:
        with self._answered(method, path, body, {"Accept": "application/json"}) as response:
            return response.status, json.loads(response.read() or "{}")

    @contextmanager
    def _answered(
        self, method: str, path: str, body: Body, accepted: Mapping[str, str]
    ) -> Generator[http.client.HTTPResponse]:
        url = urlsplit(self._url)
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        connection = kind(url.netloc, timeout=TIMEOUT_S)
        is_file = isinstance(body, bytes)
        media_type = "application/octet-stream" if is_file else "application/json"
        headers = {"Content-Type": media_type, **accepted}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        content = body if is_file or body is None else json.dumps(body)
        try:
            connection.request(method, url.path + path, content, headers)
            yield connection.getresponse()
        except OSError as error:
            raise NobodyAnswers(f"The API at {self._url} does not answer: {plain_words(error)}.") from None
        except (http.client.HTTPException, ValueError):
            raise NobodyAnswers(f"What answers at {self._url} is not Barograph's API.") from None
        finally:
            connection.close()


def _accepted(status: int, answer: dict[str, Any]) -> dict[str, Any]:
    if status >= 400:
        raise ApiRefused(status, answer)
    return answer
