"""`GET /readings/export` and `GET /runs/{id}/export`: files that are made while they are sent."""

from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.artifacts.routes import sees_restricted
from api.edge.answers.media_types import FILE_MEDIA, Media
from api.edge.routing.request_connections import begin_for
from api.edge.routing.route import PREFIX, CheckedRoute
from api.edge.state import AppShared
from api.edge.times.periods import RequestedPeriod
from api.exports.asked import AskedExport, ChosenExport, ExportQuestion, choose
from api.exports.streams import ExportResponse, ExportStreams, MakeBlocks
from api.readings.routes import AsOf
from api.rights.caller import Account, CallerBefore, Proof
from api.rights.grants import RUN_ACCESS
from barograph.errors import TooLarge
from barograph.exports.reading import export_blocks
from barograph.exports.run_archive import archive_blocks
from barograph.exports.scope import ExportFormat
from barograph.program.fair_turns import TurnTaker
from barograph.settings import Settings

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_WHOLE = "The file. A transfer that does not end properly is broken, whatever has come of it"
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": _WHOLE,
        "content": {each.media_type.partition(";")[0]: _BINARY for each in ExportFormat},
    }
}
_ARCHIVE: dict[int | str, dict[str, Any]] = {200: {"description": _WHOLE, "content": {Media.ZIP: _BINARY}}}


class ExportRoute(CheckedRoute):
    """A route whose answer is a file in a form that the query names."""

    media_types = FILE_MEDIA


router = APIRouter(prefix=PREFIX, tags=["exports"], route_class=ExportRoute)


@router.get("/readings/export", response_class=Response, responses=_RESPONSES)
async def export_readings(
    request: Request, caller: CallerBefore, question: ExportQuestion, app: AppShared
) -> Response:
    """Every reading of sensors in `[from, to)`, of a capture session, or of a run, from one moment.

    It is made as fast as it is taken: a client that takes nothing for a minute is cut off, and so is a
    transfer of more than half an hour. What is larger is refused; ask for an export of the project instead.
    """
    async with begin_for(request, is_read=True) as connection:
        chosen = await choose(connection, caller, question)
    _check_size(chosen, app.settings)
    make = partial(export_blocks, scope=chosen.scope)
    form = question.format
    return _stream(request, caller, chosen, make, (form.media_type, f"readings.{form.suffix}"))


@router.get("/runs/{run_id:uuid}/export", response_class=Response, responses=_ARCHIVE)
async def export_run(
    request: Request,
    run_id: UUID,
    proof: Proof,
    app: AppShared,
    format: Annotated[Literal["zip"], Query(description="What the file is")] = "zip",  # noqa: A002, ARG001
    as_of: AsOf = None,
) -> Response:
    """A run with its sessions, sensors and profile versions, metrics, measures, annotations, list of files,
    and every reading.

    Beside these, the manifest names each member with its size and SHA-256.
    """
    async with begin_for(request, is_read=True) as connection:
        grant = await RUN_ACCESS.grant("viewer", run_id, proof, connection)
        question = AskedExport(
            sensors=(),
            project=None,
            capture_session=None,
            run=run_id,
            asked=RequestedPeriod(None, None),
            values="both" if grant.sees_raw else "physical",
            shape="long",
            format=ExportFormat.PARQUET,
            as_of=as_of,
        )
        chosen = await choose(connection, grant.caller, question)
    _check_size(chosen, app.settings)
    make = partial(
        archive_blocks, scope=chosen.scope, run_id=grant.id, sees_restricted=sees_restricted(grant)
    )
    return _stream(request, grant.caller, chosen, make, (Media.ZIP, f"run-{run_id}.zip"))


def _check_size(chosen: ChosenExport, settings: Settings) -> None:
    max_rows = settings.export_stream_rows
    if chosen.rows > max_rows:
        raise TooLarge(
            f"about {chosen.rows:,} readings are more than the {max_rows:,} that are sent while they are "
            "read; make a file of them: POST /api/v1/projects/{id}/exports"
        )


def _stream(
    request: Request, caller: Account, chosen: ChosenExport, make: MakeBlocks, said: tuple[str, str]
) -> Response:
    """The answer, in a turn of whoever asked. `said` is its media type and name."""
    streams: ExportStreams = request.app.state.export_streams
    who = TurnTaker(chosen.project_ids[0] if chosen.project_ids else None, caller.id)
    return ExportResponse(streams, who, make, *said)
