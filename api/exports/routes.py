"""`GET /readings/export`: every reading of a question, whole, as a file that is made while it is sent."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.edge.media_types import FILE_MEDIA
from api.edge.request_connections import begin_for
from api.edge.route import PREFIX, CheckedRoute
from api.edge.state import AppShared
from api.exports.asked import ExportQuestion, choose
from api.exports.streams import ExportResponse, ExportStreams
from api.rights.caller import CallerBefore
from barograph.errors import TooLarge
from barograph.exports.scope import ExportFormat
from barograph.program.fair_turns import TurnTaker

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file. A transfer that does not end properly is broken, whatever has come of it",
        "content": {each.media_type.partition(";")[0]: _BINARY for each in ExportFormat},
    }
}


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
    most = app.settings.export_stream_rows
    if chosen.rows > most:
        raise TooLarge(
            f"about {chosen.rows:,} readings are more than the {most:,} that are sent while they are read; "
            "make a file of them: POST /api/v1/projects/{id}/exports"
        )
    streams: ExportStreams = request.app.state.export_streams
    who = TurnTaker(chosen.project_ids[0] if chosen.project_ids else None, caller.id)
    name = f"readings.{question.format.suffix}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
    }
    return ExportResponse(streams, who, chosen.scope, headers)
