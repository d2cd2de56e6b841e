"""Errors between a script and the API.

ClientError
├── ExtraMissing            httpx or Polars is not installed
├── NoAccess                it is not known where the API is, or who asks
├── ApiUnavailable          nothing answered for as long as we tried
├── ApiProblem              the API's problem document (RFC 9457)
│   ├── NotLoggedIn         401
│   ├── NotAllowed          403
│   ├── NothingThere        404
│   ├── StateConflict       409, 412
│   ├── RequestTooLarge     413
│   ├── RequestInvalid      422; `errors` says which field
│   └── ApiBusy             429, 502 to 504, for as long as we tried
├── JobEnded                an export or a backfill ended otherwise than asked for
├── DownloadDamaged         a file's SHA-256 is another
├── EventsGone              events that should come now are not kept any more
├── StreamOver              the server has ended a stream for good
└── MetricsUnsaved          points of metrics that are not stored, with the points
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from barograph_client.errors import ClientError


class NoAccess(ClientError):
    """It is not known where the API is, or who asks. The text says what to set."""


class ApiUnavailable(ClientError):
    """The API does not answer, and the patience is over."""


class ApiProblem(ClientError):
    """The API refuses a request.

    Attributes:
        status: of HTTP.
        title, detail, type, instance: of the problem document.
        errors: for each field that is wrong `pointer` and `detail`.
        document: all of it.
    """

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status, self.document = status, document
        self.title = str(document.get("title") or f"HTTP {status}")
        self.detail = str(document.get("detail") or "")
        self.type, self.instance = document.get("type"), document.get("instance")
        self.errors: Sequence[Mapping[str, str]] = document.get("errors") or ()
        faults = [f"\n  {fault.get('pointer')}: {fault.get('detail')}" for fault in self.errors]
        super().__init__(f"{self.detail or self.title} ({status}){''.join(faults)}")


class NotLoggedIn(ApiProblem):
    """Email, password or token do not count, or not any more."""


class NotAllowed(ApiProblem):
    """The caller's role does not allow it."""


class NothingThere(ApiProblem):
    """There is no such thing in a project of the caller."""


class StateConflict(ApiProblem):
    """It does not go with the state of things, or somebody was faster."""


class RequestTooLarge(ApiProblem):
    """More than one answer or body takes."""


class RequestInvalid(ApiProblem):
    """The question makes no sense; `errors` says where."""


class ApiBusy(ApiProblem):
    """Too much at once, or the server is not ready; and the patience is over."""


class JobEnded(ClientError):
    """An export or a backfill has failed or was cancelled. `fields` is all that the API says of it."""

    def __init__(self, text: str, fields: Mapping[str, Any]) -> None:
        super().__init__(text)
        self.fields = fields


class DownloadDamaged(ClientError):
    """A file came otherwise than the server has it, and was deleted."""


class StreamOver(ClientError):
    """A stream of events or frames won't go on. The text says why."""


class EventsGone(ClientError):
    """Events that should come now are not kept any more. `until` is the time of the last of them.

    The next `next()` goes on with those that are kept.
    """

    def __init__(self, until: datetime | None) -> None:
        super().__init__(f"events until {until} are not kept any more")
        self.until = until


class MetricsUnsaved(ClientError):
    """Points that are not stored, in `points`: (name, step, value). The text says why."""

    def __init__(self, text: str, points: Sequence[tuple[str, int, float]]) -> None:
        super().__init__(text)
        self.points = points


_BY_STATUS: Mapping[int, type[ApiProblem]] = {
    401: NotLoggedIn,
    403: NotAllowed,
    404: NothingThere,
    409: StateConflict,
    412: StateConflict,
    413: RequestTooLarge,
    422: RequestInvalid,
    429: ApiBusy,
    502: ApiBusy,
    503: ApiBusy,
    504: ApiBusy,
}


def problem_of(status: int, document: object) -> ApiProblem:
    """The error for an answer of 400 and above; what is no problem document has a title alone."""
    is_one = isinstance(document, Mapping)
    return _BY_STATUS.get(status, ApiProblem)(status, cast("Mapping[str, Any]", document) if is_one else {})
