"""The public API as a script uses it: JSON over one connection, logged in."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPSConnection
from typing import Any, Self
from urllib.parse import quote, urlsplit

TIMEOUT_S = 30


class ApiError(Exception):
    """The API did not do what was asked. `status` is HTTP's."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"HTTP {status}: {detail}")
        self.status = status


class DemoApi:
    """A log-in at `url`; OSError when nobody answers there."""

    def __init__(self, url: str, email: str, password: str) -> None:
        parts = urlsplit(url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.netloc, timeout=TIMEOUT_S)
        self._token: str | None = None
        try:
            self._token = self.post("/auth/login", {"email": email, "password": password})["access_token"]
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Gets a document."""
        pairs = "&".join(f"{name}={quote(value)}" for name, value in query.items())
        return self._call("GET", f"{path}?{pairs}" if pairs else path)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Posts a body; returns the document that it made."""
        return self._call("POST", path, body)

    def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Changes a document; returns it."""
        return self._call("PATCH", path, body)

    def put(self, path: str) -> dict[str, Any]:
        """Puts something there; returns its document."""
        return self._call("PUT", path)

    def items(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """A list, page after page."""
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, **query, **cursor)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Accept": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        self._connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        response = self._connection.getresponse()
        text = response.read()
        if response.status >= 400:
            raise ApiError(response.status, text.decode(errors="replace")[:500])
        return json.loads(text)
