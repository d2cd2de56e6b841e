"""The one tree of errors. A class's docstring is its title, and its slug names it to clients.

    BarographError
    ├── Unauthenticated (401)   Forbidden (403): PasswordChangeRequired, SecondFactorRequired
    ├── NotFound (404)          NotAcceptable (406)
    ├── Conflict (409): SequenceGap, SequenceConflict, Superseded, BatchRefused
    ├── PreconditionFailed (412)
    ├── TooLarge (413)          UnsupportedMediaType (415)
    ├── RangeNotSatisfiable (416)         Invalid (422)
    ├── TooManyRequests (429)
    └── Unavailable (503)

`barograph/program/web.py` turns them into problem documents; `barograph/database/refusals.py` turns driver
errors into them. Whether to try again is decided by class: only `Unavailable` and `TooManyRequests` pass.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar


@dataclass(frozen=True)
class FieldError:
    """One thing wrong in a body: a JSON pointer (RFC 6901) to it, and what is wrong."""

    pointer: str
    detail: str


# Of pydantic, where a model or a dictionary is wanted.
_OF_OBJECTS = {"dict_type", "model_type", "model_attributes_type"}


def fault_text(said: str, kind: str = "") -> str:
    """The text of a check, without words of Python. `kind` is pydantic's of the fault."""
    return "must be a JSON object" if kind in _OF_OBJECTS else said.removeprefix("Value error, ")


def slug_and_title(status: HTTPStatus) -> tuple[str, str]:
    """The slug and the title of a refusal that has no class here: of HTTP's own."""
    return status.phrase.lower().replace(" ", "-"), status.phrase.capitalize()


class BarographError(Exception):
    """Something went wrong"""

    slug: ClassVar[str] = "error"
    status: ClassVar[int] = 500

    def __init__(self, detail: str = "", *, retry_after_s: int | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.retry_after_s = retry_after_s

    @property
    def title(self) -> str:
        """The class's docstring, in one line."""
        return (type(self).__doc__ or "").strip().splitlines()[0]


class Unauthenticated(BarographError):
    """Not authenticated"""

    slug, status = "unauthenticated", 401


class Forbidden(BarographError):
    """Not allowed"""

    slug, status = "forbidden", 403


class PasswordChangeRequired(Forbidden):
    """The password must be changed first"""

    slug = "password-change-required"


class SecondFactorRequired(Forbidden):
    """A second factor must be set up first"""

    slug = "second-factor-required"


class NotFound(BarographError):
    """Not found"""

    slug, status = "not-found", 404


class NotAcceptable(BarographError):
    """No representation fits the Accept header"""

    slug, status = "not-acceptable", 406


class Conflict(BarographError):
    """Conflicts with the present state"""

    slug, status = "conflict", 409


class SequenceGap(Conflict):
    """A sequence number is missing"""

    slug = "sequence-gap"


class SequenceConflict(Conflict):
    """The sequence number was used by other readings"""

    slug = "sequence-conflict"


class Superseded(Conflict):
    """A newer connection took the producer over"""

    slug = "superseded"


class BatchRefused(Conflict):
    """Refused as a whole"""

    slug = "batch-refused"

    def __init__(self, detail: str, errors: list[FieldError]) -> None:
        super().__init__(detail)
        self.errors = errors


class PreconditionFailed(BarographError):
    """Changed since it was read"""

    slug, status = "precondition-failed", 412


class TooLarge(BarographError):
    """Too large"""

    slug, status = "too-large", 413


class UnsupportedMediaType(BarographError):
    """Unsupported media type"""

    slug, status = "unsupported-media-type", 415

    def __init__(self, detail: str = "", *, accept_encoding: str = "") -> None:
        super().__init__(detail)
        self.accept_encoding = accept_encoding


class RangeNotSatisfiable(BarographError):
    """There is no such part"""

    slug, status = "range-not-satisfiable", 416

    def __init__(self, size_bytes: int) -> None:
        super().__init__(f"the part lies beyond the end of {size_bytes:,} bytes")
        self.size_bytes = size_bytes


class Invalid(BarographError):
    """Invalid request"""

    slug, status = "invalid", 422

    def __init__(self, detail: str = "", errors: list[FieldError] | None = None) -> None:
        super().__init__(detail)
        self.errors = errors or []


class TooManyRequests(BarographError):
    """Too many requests"""

    slug, status = "too-many-requests", 429

    def __init__(self, detail: str = "", *, retry_after_s: int = 2) -> None:
        super().__init__(detail, retry_after_s=retry_after_s)


class Unavailable(BarographError):
    """Not available just now"""

    slug, status = "unavailable", 503

    def __init__(self, detail: str = "", *, retry_after_s: int = 2) -> None:
        super().__init__(detail, retry_after_s=retry_after_s)
