"""How the system does, for admins: what runs, what waits, what room is left, and what to do about it."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from fastapi import Request
from pydantic import BaseModel, Field

from api.edge.bodies.fields import Time
from api.edge.routing.route import resource_router
from api.edge.state import AppShared
from api.edge.statements import fetch_row, fetch_rows
from api.edge.transaction import Database
from api.live.opening import LiveStreams
from api.rights.caller import Admin

router = resource_router("system")

MAX_WAIT_S = 60
MAX_TRANSACTION_S = 300
MIN_FREE_BYTES = 5 * 2**30
STARTED_S = time.monotonic()


class ProgramConnections(BaseModel):
    role: str = Field(
        description="What it connects as: each program has a role of its own", examples=["barograph_api"]
    )
    name: str = Field(description="What its connections are for", examples=["barograph-questions"])
    connections: int


class IngestState(BaseModel):
    connected: int = Field(description="Producers that stream now")
    rate_hz: float = Field(description="Readings they send in a second, over the last ten")
    rejected_1h: int = Field(description="Readings rejected in the last hour that still wait")


class WorkState(BaseModel):
    windows: int = Field(description="Minutes of sensors that wait to be rolled up")
    oldest_s: float = Field(description="How long the oldest of them has waited")
    held: int = Field(description="Those that failed, and are tried again later")
    backfills: int = Field(description="Those that are planned, running, or being undone")
    backfills_paused: int
    imports: int = Field(description="Those that are running")


class DatabaseState(BaseModel):
    version: str
    timescaledb: str | None
    edition: str | None = Field(description="`apache` or `timescale`")
    bytes: int
    reading_bytes: int = Field(description="Of these, what readings take")
    oldest_transaction_s: float = Field(description="How long the oldest open transaction has been open")


class ArchiveState(BaseModel):
    """Readings that lie in files instead of the database."""

    after_days: int | None = Field(
        description="Days after which readings are filed, unless a project says otherwise; null: never"
    )
    files: int
    size_bytes: int
    readings: int
    from_: Time | None = Field(alias="from", description="The first of these readings; null: there is none")
    to: Time | None = Field(description="The last of them")
    faulty: int = Field(description="Files that `archive verify` found at fault")


class DiskState(BaseModel):
    total_bytes: int
    free_bytes: int


class LiveState(BaseModel):
    streams: int = Field(description="Open ones of this API process")


class SystemProblem(BaseModel):
    subject: str
    detail: str
    advice: str


class SystemState(BaseModel):
    uptime_s: float = Field(description="Of the API process that answers")
    programs: list[ProgramConnections] = Field(description="Who is connected to the database")
    ingest: IngestState
    work: WorkState
    database: DatabaseState
    archive: ArchiveState
    disk: DiskState | None = Field(description="Where the data directory lies, as the API sees it")
    redis: bool = Field(description="Whether Redis answers")
    live: LiveState
    problems: list[SystemProblem] = Field(
        description="What is wrong, and what to do about it; empty: nothing"
    )


@router.get("/system")
async def read_system(_: Admin, request: Request, connection: Database, app: AppShared) -> SystemState:
    """How the system does."""
    live: LiveStreams = request.app.state.live_streams
    state = SystemState(
        uptime_s=time.monotonic() - STARTED_S,
        programs=[ProgramConnections(**row) for row in await fetch_rows(connection, "system.programs", {})],
        ingest=IngestState(**await fetch_row(connection, "system.ingest", {})),
        work=WorkState(**await fetch_row(connection, "system.waiting", {})),
        database=DatabaseState(**await fetch_row(connection, "system.database", {})),
        archive=ArchiveState(
            **await fetch_row(connection, "system.archive", {}), after_days=app.settings.archive_after_days
        ),
        disk=await asyncio.to_thread(_disk_of, app.settings.data_dir),
        redis=await app.limits.answers(),
        live=LiveState(streams=live.open_count),
        problems=[],
    )
    return state.model_copy(update={"problems": list(_problems(state))})


def _disk_of(folder: Path) -> DiskState | None:
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None
    return DiskState(total_bytes=usage.total, free_bytes=usage.free)


def _problems(state: SystemState) -> Iterator[SystemProblem]:
    yield from _problems_of_work(state.work)
    yield from _problems_of_storage(state)
    if not state.redis:
        yield SystemProblem(
            subject="redis",
            detail="it does not answer",
            advice="start it: jobs wait for it, and log-ins are not limited meanwhile",
        )


def _problems_of_work(work: WorkState) -> Iterator[SystemProblem]:
    if work.oldest_s > MAX_WAIT_S:
        yield SystemProblem(
            subject="roll-ups",
            detail=f"the oldest waits for {work.oldest_s:.0f} s",
            advice="see that a worker runs, and read its log; questions read raw values meanwhile",
        )
    if work.held:
        yield SystemProblem(
            subject="roll-ups",
            detail=f"{work.held} failed",
            advice="the worker's log says why; they are tried again by themselves",
        )


def _problems_of_storage(state: SystemState) -> Iterator[SystemProblem]:
    transaction_s = state.database.oldest_transaction_s
    if transaction_s > MAX_TRANSACTION_S:
        yield SystemProblem(
            subject="database",
            detail=f"a transaction has been open for {transaction_s:.0f} s",
            advice="find it in pg_stat_activity: it keeps the database from tidying up",
        )
    if state.disk is not None and state.disk.free_bytes < MIN_FREE_BYTES:
        yield SystemProblem(
            subject="disk",
            detail=f"{state.disk.free_bytes / 2**30:.1f} GiB are free",
            advice="make room, or let projects keep raw readings for a shorter time",
        )
    if state.archive.faulty:
        yield SystemProblem(
            subject="archive",
            detail=f"{state.archive.faulty} files are missing or damaged",
            advice="`barograph archive status` says which; bring them back from a backup",
        )
