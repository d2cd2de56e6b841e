"""An event as it is told over HTTP and through queues."""

from uuid import UUID

from psycopg.rows import DictRow
from pydantic_core import to_json

from barograph.times import format_time


def event_json(row: DictRow, event_id: UUID) -> bytes:
    """The whole event, as the API's streams tell it, with its project."""
    told = {"id": event_id, "type": row["type"], "time": format_time(row["time"])}
    return to_json({**told, "project_id": row["project_id"], "data": row["data"]})
