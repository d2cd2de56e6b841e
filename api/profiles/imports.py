"""Conversion rules of other systems as profiles that can be saved. Nothing is saved here."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import Query, Request, Response

from api.edge.routing.route import MAX_BODY_BYTES, file_body, parsed_file_router
from api.edge.state import AppShared
from api.profiles.imported import ImportedProfiles, read_profiles
from api.rights.caller import CallerBefore
from barograph.errors import FieldError, Invalid
from barograph.program.fair_turns import TurnTaker
from conversion.importers.files import ImportOptions

router = parsed_file_router("conversion profiles")

MAX_PAYLOAD_BYTES = MAX_BODY_BYTES - 2**15
"""So much can be saved: the body of a request, without a note."""

Format = Literal["a2l", "epics", "mdf", "ni", "tdms", "xtce"]


@router.post(
    "/conversion-profiles:import",
    response_model=ImportedProfiles,
    openapi_extra=file_body(
        "The file. Text is UTF-8, UTF-16 with a mark, or else Latin-1. Of a large MDF or TDMS file, send one "
        "that holds the same channels for a second, or the .tdms_index"
    ),
)
async def import_profiles(
    request: Request,
    caller: CallerBefore,
    app: AppShared,
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
) -> Response:
    """Makes profiles of a file's conversion rules. Nothing is saved."""
    _check_goes_with(file_format, "ni", {"cold_junction": cold_junction})
    _check_goes_with(file_format, "epics", {"raw_low": raw_low, "raw_high": raw_high})
    options = ImportOptions(cold_junction, _raw_range(raw_low, raw_high))
    who = TurnTaker(caller.id, caller.id)
    body = await request.body()
    made = await app.parsers.ask(who, read_profiles, body, file_format, options, MAX_PAYLOAD_BYTES)
    return Response(made, media_type="application/json")


def _check_goes_with(file_format: Format, wanted: Format, given: Mapping[str, object]) -> None:
    faults = [
        FieldError(f"/query/{name}", f"goes with format={wanted}")
        for name, value in given.items()
        if value is not None
    ]
    if faults and file_format != wanted:
        raise Invalid(f"a file of {file_format} has no use for it", faults)


def _raw_range(low: float | None, high: float | None) -> tuple[float, float] | None:
    if (low is None) != (high is None):
        raise Invalid(
            "a range has two ends", [FieldError("/query/raw_low", "give both raw_low and raw_high")]
        )
    return None if low is None or high is None else (low, high)
