"""Conversion rules of other systems as profiles that can be saved. Nothing is saved here."""

import json
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from api.edge.route import MAX_BODY_BYTES, file_body, file_router
from api.rights.caller import Caller
from barograph.errors import FieldError, Invalid
from conversion.errors import ImportRefused
from conversion.importers.files import Imported, ImportOptions, NamedProfile, RuleRefusal, profiles_of

router = file_router("conversion profiles")

MAX_FAULTS = 100
MAX_PAYLOAD_BYTES = MAX_BODY_BYTES - 2**15
_TOO_LARGE = "as a profile it is larger than what a request may hold"
"""So much can be saved: the body of a request, without a note."""

Format = Literal["a2l", "epics", "mdf", "ni", "tdms", "xtce"]


class ImportedProfile(BaseModel):
    name: str = Field(description="Of the rule in the file", examples=["CM_EngineSpeed"])
    kind: str = Field(examples=["linear"])
    payload: dict[str, Any] = Field(
        description="Of a profile that can be saved as it is", examples=[{"slope": 0.25, "offset": 0}]
    )

    text: str = Field(description="The rule as the file has it, at most 2,000 characters of it")


class RefusedRule(BaseModel):
    name: str = Field(description="Of the rule in the file")
    reason: str
    text: str = Field(description="The rule as the file has it, at most 2,000 characters of it")


class ImportedProfiles(BaseModel):
    items: list[ImportedProfile] = Field(description="In the order of the file")
    refused: list[RefusedRule] = Field(description="Rules that no kind of profile expresses")


@router.post(
    "/conversion-profiles:import",
    openapi_extra=file_body(
        "The file. Text is UTF-8, UTF-16 with a mark, or else Latin-1. Of a large MDF or TDMS file, send one "
        "that holds the same channels for a second, or the .tdms_index"
    ),
)
async def import_profiles(
    request: Request,
    _: Caller,
    file_format: Annotated[
        Format,
        Query(
            alias="format",
            description="`a2l`: COMPU_METHODs; `epics`: breakpoint tables, ai records, bpt*.data; "
            "`mdf`: the conversions of an MDF 4 file's channels; `ni`: scales and channels that NI MAX "
            "exported as .ini; `tdms`: NI_Scale properties of a .tdms or .tdms_index file; "
            "`xtce`: parameters",
        ),
    ],
    cold_junction: Annotated[
        str | None,
        Query(max_length=500, description="The sensor that records the cold junction of NI thermocouples"),
    ] = None,
    raw_low: Annotated[
        float | None,
        Query(
            description="What the device of EPICS records with LINR LINEAR gives at EGUL", allow_inf_nan=False
        ),
    ] = None,
    raw_high: Annotated[float | None, Query(description="What it gives at EGUF", allow_inf_nan=False)] = None,
) -> ImportedProfiles:
    """Makes profiles of a file's conversion rules. Nothing is saved."""
    body = await request.body()
    options = ImportOptions(cold_junction, _raw_range(raw_low, raw_high))
    try:
        made = await run_in_threadpool(profiles_of, body, file_format, options)
    except ImportRefused as refusal:
        raise Invalid("the file can't be read", [FieldError("/body", str(refusal))]) from refusal
    if not made.profiles:
        raise Invalid("the file holds no rule that a profile can express", _faults(made))
    return await run_in_threadpool(_shown, made)


def _shown(made: Imported) -> ImportedProfiles:
    items = [each for each in made.profiles if _can_be_saved(each)]
    large = [
        RuleRefusal(each.name, _TOO_LARGE, each.text) for each in made.profiles if not _can_be_saved(each)
    ]
    return ImportedProfiles(
        items=[ImportedProfile(name=each.name, **each.profile, text=each.text) for each in items],
        refused=[RefusedRule(**each._asdict()) for each in [*made.refused, *large]],
    )


def _faults(made: Imported) -> list[FieldError]:
    faults = [FieldError("/body", f"{each.name}: {each.reason}") for each in made.refused[:MAX_FAULTS]]
    return faults or [FieldError("/body", "has no conversion rule in this format")]


def _can_be_saved(made: NamedProfile) -> bool:
    return len(json.dumps(made.profile)) <= MAX_PAYLOAD_BYTES


def _raw_range(low: float | None, high: float | None) -> tuple[float, float] | None:
    if (low is None) != (high is None):
        raise Invalid(
            "a range has two ends", [FieldError("/query/raw_low", "give both raw_low and raw_high")]
        )
    return None if low is None or high is None else (low, high)
