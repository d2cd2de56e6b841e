"""Types that bodies and answers are made of, so that a name, a tag or a time is the same everywhere."""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import CoreSchema

from api.edge.bodies.json_types import take_json_types
from api.edge.bodies.names import check_visible, compatible, folded_name, normal_email
from barograph.times import format_time, parse_time


def read_time(value: object) -> datetime:
    """The time that a field holds.

    Raises:
        ValueError: it is none, has no offset, or lies beyond the years 1 to 9999.
    """
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ValueError("a time is a string, such as 2026-01-31T12:00:00Z")  # noqa: TRY004  # pydantic's way
    try:
        return parse_time(value)
    except OverflowError as error:
        raise ValueError("a time lies in the years 1 to 9999") from error


Time = Annotated[
    datetime,
    BeforeValidator(read_time),
    PlainSerializer(format_time, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-01-31T12:00:00.000000Z"]}),
]
"""RFC 3339 with an offset; in UTC with microseconds when sent."""


def _in_the_future(time: datetime) -> datetime:
    if time <= datetime.now(UTC):
        raise ValueError("lies in the past: what is made would have expired")
    return time


Expiry = Annotated[Time, AfterValidator(_in_the_future)]
"""When something that is being made will end."""


def _check_seen(text: str, info: ValidationInfo) -> str:
    """Checks a text that is sent: it is empty, or somebody sees it. What is stored is answered as it is."""
    if text and info.config is not None and info.config.get("extra_fields_behavior") == "forbid":
        check_visible(text)
    return text


Seen = AfterValidator(_check_seen)
"""For a text by which people find something: blanks are none."""
Name = Annotated[str, Field(min_length=1, max_length=200), Seen]
LineName = Annotated[Name, AfterValidator(folded_name)]
"""A name that others read in lists and mails: one line, in normal form."""
PersonName = Annotated[Annotated[str, Field(max_length=200)], AfterValidator(compatible)]
Label = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=10_000)]
Email = Annotated[
    str,
    Field(
        max_length=320,
        # Whether mail arrives there, only mail can tell.
        pattern=r'^[^@\s,;:<>()\[\]"\\\x00-\x1f\x7f]+@[^@\s,;:<>()\[\]"\\\x00-\x1f\x7f]+$',
        examples=["ada@example.org"],
    ),
    AfterValidator(normal_email),
]
Reason = Annotated[str, Field(max_length=1000, examples=["As planned"])]
Tag = Annotated[str, Field(min_length=1, max_length=100), Seen]
MAX_TAGS = 50
Tags = Annotated[list[Tag], Field(max_length=MAX_TAGS)]
Unit = Annotated[str, Field(max_length=50), Seen]


class Input(BaseModel):
    """What a client sends: fields nobody knows are refused, and so are NaN, infinities and other types.

    Attributes:
        patch_example: what the documentation shows of a patch; whoever sends it as it is does no harm.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    patch_example: ClassVar[dict[str, Any]] = {}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        return take_json_types(handler(source))


class Item(BaseModel):
    """What every stored thing shows.

    Its ETag is its `version`, or begins with it (`api/edge/answers/etags.py`).

    Attributes:
        changes_with_version: whether nothing that it shows ever changes without its version.
    """

    changes_with_version: ClassVar[bool] = False

    id: UUID
    version: int = Field(description="Rises with each change; in quotes, what If-Match takes", examples=[1])
    created_at: Time
    updated_at: Time
