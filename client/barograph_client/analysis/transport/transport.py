"""Requests to the API: logged in, sent again where that is harmless, with bounded waits and clear errors."""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from barograph_client.analysis.extra import httpx
from barograph_client.analysis.problems import ApiProblem, ApiUnavailable, problem_of
from barograph_client.analysis.transport.access import ApiAccess
from barograph_client.analysis.transport.answered import JSON, check_is_api, document_of
from barograph_client.analysis.transport.logins import ApiLogin
from barograph_client.analysis.transport.retrying import RetryPatience, is_worth_another_try, retry_after_s

PREFIX = "/api/v1"
PAGE_ITEMS = 500
Query = Mapping[str, object]
ARROW = "application/vnd.apache.arrow.stream"
EVENTS = "text/event-stream"


class ApiTransport:
    """Every question of a Client goes through it, from any thread.

    Paths are below `/api/v1`. None in a query is left out, lists are repeated.
    """

    def __init__(self, access: ApiAccess, *, timeout_s: float, retry_within_s: float) -> None:
        timeout = httpx.Timeout(timeout_s, connect=min(10.0, timeout_s))
        self.url = access.url
        self._client = httpx.Client(base_url=access.url, timeout=timeout, trust_env=not access.is_local)
        # In notebooks nobody closes anything. At the interpreter's end, runs still send their metrics.
        weakref.finalize(self, self._client.close).atexit = False
        self._login = ApiLogin(access, self._client)
        self._retry_within_s = retry_within_s

    def close(self) -> None:
        """Logs out, and closes the connections."""
        try:
            self._login.log_out()
        except httpx.TransportError:
            pass  # the log-in ends by itself
        finally:
            self._client.close()

    def get(self, path: str, **query: object) -> dict[str, Any]:
        """Gets a document."""
        return self.ask("GET", path, query).json()

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Makes something, once, however often the request is sent; returns its document."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return self.ask("POST", path, None, body, headers=headers).json()

    def post(
        self, path: str, body: Mapping[str, Any] | None = None, *, is_repeatable: bool = False
    ) -> dict[str, Any]:
        """The answer to something that is asked for, or done to an item."""
        return self.ask("POST", path, None, body or {}, is_repeatable=is_repeatable).json()

    def patch(self, path: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """The item as it is after the changes."""
        return self.ask("PATCH", path, None, changes).json()

    def put(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The item as it is now."""
        return self.ask("PUT", path, None, body).json()

    def items(self, path: str, **query: object) -> Iterator[dict[str, Any]]:
        """A list, page after page, as far as it is read."""
        cursor = None
        while True:
            page = self.get(path, **{"limit": PAGE_ITEMS, **query, "cursor": cursor})
            yield from page["items"]
            if (cursor := page.get("next_cursor")) is None:
                return

    def ask(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: Mapping[str, Any] | bytes | None = None,
        *,
        accept: str = JSON,
        headers: Mapping[str, str] | None = None,
        is_repeatable: bool = True,
    ) -> httpx.Response:
        """The whole answer.

        Raises:
            ApiProblem: the API refuses.
            ApiUnavailable: nothing answers for too long. What was not repeatable may have been done.
        """
        request = self._request(method, path, query, body, {"Accept": accept, **(headers or {})})
        patience = RetryPatience(self._retry_within_s)
        while True:
            answer = self._answer(request, patience, is_repeatable=is_repeatable, is_stream=False)
            if answer is not None:
                return answer

    @contextmanager
    def stream(
        self, path: str, query: Query | None = None, *, accept: str, headers: Mapping[str, str] | None = None
    ) -> Generator[httpx.Response]:
        """An answer whose body is read as it comes. What breaks it is an error of httpx."""
        request = self._request("GET", path, query, None, {"Accept": accept, **(headers or {})})
        patience = RetryPatience(self._retry_within_s)
        answer = None
        while answer is None:
            answer = self._answer(request, patience, is_repeatable=True, is_stream=True)
        try:
            yield answer
        finally:
            answer.close()

    def _request(
        self,
        method: str,
        path: str,
        query: Query | None,
        body: Mapping[str, Any] | bytes | None,
        headers: Mapping[str, str],
    ) -> httpx.Request:
        given: dict[str, Any] = {name: value for name, value in (query or {}).items() if value is not None}
        build, said = self._client.build_request, dict(headers)
        if isinstance(body, bytes):
            said.setdefault("Content-Type", "application/octet-stream")
            return build(method, PREFIX + path, params=given, headers=said, content=body)
        return build(method, PREFIX + path, params=given, headers=said, json=body)

    def _answer(
        self, request: httpx.Request, patience: RetryPatience, *, is_repeatable: bool, is_stream: bool
    ) -> httpx.Response | None:
        """One try; None if there is to be another."""
        try:
            token = self._login.token()
            request.headers["Authorization"] = f"Bearer {token}"
            answer = self._client.send(request, stream=is_stream)
            if answer.status_code < 400:
                if not is_stream:  # a file's may send on to its bucket
                    check_is_api(answer, is_json=request.headers["Accept"] == JSON)
                return answer
            answer.read()
        except httpx.TransportError as error:
            may_repeat = is_repeatable or isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            if may_repeat and self._wait(patience, f"does not answer ({_said(error)})"):
                return None
            raise self._unavailable(error) from error
        except ApiProblem as error:  # of the log-in
            if error.status in {429, 503} and self._wait(patience, f"says: {error}"):
                return None
            raise
        answer.close()
        problem = problem_of(answer.status_code, document_of(answer))
        if self._is_to_be_repeated(problem, token, patience, answer, is_repeatable=is_repeatable):
            return None
        raise problem

    def _is_to_be_repeated(
        self,
        problem: ApiProblem,
        token: str,
        patience: RetryPatience,
        answer: httpx.Response,
        *,
        is_repeatable: bool,
    ) -> bool:
        if problem.status == 401:
            return self._login.refused(token) and patience.wait()
        if not is_worth_another_try(problem.status, problem.detail, is_repeatable=is_repeatable):
            return False
        return self._wait(patience, f"says: {problem}", retry_after_s(answer.headers))

    def _wait(self, patience: RetryPatience, what: str, asked_s: float | None = None) -> bool:
        return patience.wait(asked_s, f"the API at {self.url} {what}")

    def _unavailable(self, error: Exception) -> ApiUnavailable:
        return ApiUnavailable(f"the API at {self.url} does not answer: {_said(error)}")


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
