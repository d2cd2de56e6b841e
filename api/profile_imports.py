"""Conversion rules of other systems as profiles that can be saved. Nothing is saved here."""

import codecs
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from api.auth.caller import Caller
from api.edge import file_body, file_router
from barograph.errors import FieldError, Invalid
from conversion.errors import ImportRefused
from conversion.importers.files import Imported, profiles_of

router = file_router("conversion profiles")

MAX_FAULTS = 100
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

Format = Literal["a2l", "epics", "ni", "xtce"]


class ImportedProfile(BaseModel):
    name: str = Field(description="Of the rule in the file", examples=["CM_EngineSpeed"])
    kind: str = Field(examples=["linear"])
    payload: dict[str, Any] = Field(
        description="Of a profile that can be saved as it is", examples=[{"slope": 0.25, "offset": 0}]
    )


class RefusedRule(BaseModel):
    name: str = Field(description="Of the rule in the file")
    reason: str


class ImportedProfiles(BaseModel):
    items: list[ImportedProfile] = Field(description="In the order of the file")
    refused: list[RefusedRule] = Field(description="Rules that no kind of profile expresses")


@router.post(
    "/conversion-profiles:import",
    openapi_extra=file_body("The text of the file: UTF-8, UTF-16 with a mark, or else Latin-1"),
)
async def import_profiles(
    request: Request,
    _: Caller,
    file_format: Annotated[
        Format,
        Query(
            alias="format",
            description="`a2l`: COMPU_METHODs; `epics`: breakpoint tables and ai records; `ni`: scales and "
            "channels that NI MAX exported as .ini; `xtce`: parameters",
        ),
    ],
    cold_junction: Annotated[
        str | None,
        Query(max_length=500, description="The sensor that records the cold junction of NI thermocouples"),
    ] = None,
) -> ImportedProfiles:
    """Makes profiles of a file's conversion rules. Nothing is saved."""
    body = await request.body()
    try:
        made = await run_in_threadpool(profiles_of, _decoded(body), file_format, cold_junction)
    except ImportRefused as refusal:
        raise Invalid("the file can't be read", [FieldError("/body", str(refusal))]) from refusal
    if not made.profiles:
        raise Invalid("the file holds no rule that a profile can express", _faults(made))
    return ImportedProfiles(
        items=[ImportedProfile(name=each.name, **each.profile) for each in made.profiles],
        refused=[RefusedRule(name=each.name, reason=each.reason) for each in made.refused],
    )


def _faults(made: Imported) -> list[FieldError]:
    faults = [FieldError("/body", f"{each.name}: {each.reason}") for each in made.refused[:MAX_FAULTS]]
    return faults or [FieldError("/body", "has no conversion rule in this format")]


def _decoded(body: bytes) -> str:
    if body.startswith(_UTF_16):
        return body.decode("utf-16", errors="replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("latin-1")
