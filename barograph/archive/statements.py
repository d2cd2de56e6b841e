"""Statements that read readings, asked as if none were archived.

statement, parameters ─▶ which sensors and stretches ─▶ parts of files that hold some of them?
    none ─▶ the statement as it is
    some ─▶ their readings into a temporary table ─▶ the statement over the database's and that table together

So a question is written once, in SQL, wherever its readings lie. The statement has to name its sensors and
its times by the parameters that `needs` knows. In a transaction of one snapshot, rows and parts are of one
moment.

Readings that one statement has put into the temporary table ("laid open") serve later statements of its
transaction too.

Why: decision 1011.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, LiteralString, TypeVar, cast

import psycopg
from psycopg.rows import DictRow, dict_row

from barograph.archive.laying import LaidReadings, are_laid
from barograph.archive.needs import SOURCE, ArchiveNeed, all_of, find_needs
from barograph.database.connections import Pool
from barograph.database.queries import query
from barograph.errors import Unavailable

T = TypeVar("T")


class NeedsPrimary(Unavailable):
    """A standby can't lay archived readings open; the primary can"""

    slug = "needs-primary"

    def __init__(self) -> None:
        super().__init__(retry_after_s=1)


class NotLaidOut(Unavailable):
    """This connection is older than the archive, and a transaction that only reads can't prepare it"""

    slug = "archive-not-laid-out"

    def __init__(self) -> None:
        super().__init__(retry_after_s=1)


async def ask_prepared(pool: Pool, ask: Callable[[], Awaitable[T]]) -> T:
    """What `ask` gives, which takes connections from this pool. Should those at hand be older than the
    archive, it is asked again over new ones.
    """
    try:
        return await ask()
    except NotLaidOut:
        await pool.drain()
        return await ask()


@cache
def over_both(name: str) -> LiteralString:
    """The statement over what the database holds and what is laid open."""
    text = query(name)
    pieces: list[str] = []
    place = 0
    for source in SOURCE.finditer(text):
        arguments, end = _split_arguments(text, source.end())
        pieces += [text[place : source.start()], _source_of_both(source[1], arguments)]
        place = end
    return cast("LiteralString", "".join([*pieces, text[place:]]))


def _split_arguments(text: str, start: int) -> tuple[list[str], int]:
    """The arguments of a call whose parenthesis opens before `start`, and where the call ends."""
    arguments = [""]
    depth = 1
    for place, letter in enumerate(text[start:], start):
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return arguments, place + 1
        if letter == "," and depth == 1:
            arguments.append("")
        else:
            arguments[-1] += letter
    raise ValueError("a call of a statement has no end")


def _source_of_both(function: str, arguments: Sequence[str]) -> str:
    """A call of a function of `sql/views/readings.sql`, joined by what is laid open of the same stretch.

    No function of its own: a migration could not change a temporary table that one reads.
    """
    sensor, start, end, *rest = (each.strip() for each in arguments)
    conditions = [
        f"sensor_id = any({sensor})" if function == "readings_of_several" else f"sensor_id = {sensor}",
        f"time >= {start} and time < {end}",
    ]
    if function.endswith(("_of_span", "_of_bucket")):
        conditions.append(f"time >= {rest[0]} and time < {rest[1]}")
    if function.startswith(("oldest", "newest")):
        conditions.append(f"(not {rest[-1]} or physical is not null)")
    call, where = f"{function}({', '.join([sensor, start, end, *rest])})", " and ".join(conditions)
    return (
        f"(select * from {call} as held union all"  # noqa: S608  # pieces of our own statements
        " select time, raw, physical, sensor_id, profile_id, flags from pg_temp.archived_reading"
        f" where {where})"
    )


async def with_archived(
    connection: psycopg.AsyncConnection[Any],
    name: str,
    parameters: Mapping[str, Any],
    about: Mapping[str, Any] | None = None,
    standing: DictRow | None = None,
) -> LiteralString:
    """The text of a named statement, to be executed next with these parameters in the transaction at hand.

    If files hold readings that it needs, they are in the temporary table then, and the text reads both.

    Args:
        connection: in a transaction of one snapshot.
        name, parameters: the statement.
        about: parameters that say sensors and times, where the statement's own don't.
        standing: the row of `archive.standing`, where this transaction has asked for it already.

    Raises:
        ArchiveUnreadable: a file that is needed is not there, or damaged.
        TooMuchArchived: it would take too many readings.
        NeedsPrimary: a standby can't.
        NotLaidOut: another connection can.
    """
    needs = find_needs(name, parameters, about)
    if not needs:
        return query(name)
    steps = _steps(name, needs, standing)
    async with connection.cursor(row_factory=dict_row) as cursor:
        try:
            step = next(steps)
            while True:
                step = steps.send(await _carry_out(cursor, step))
        except StopIteration as end:
            return end.value


async def _carry_out(cursor: psycopg.AsyncCursor[DictRow], step: "_Asked | LaidReadings") -> list[DictRow]:
    if isinstance(step, LaidReadings):
        async with cursor.copy(query("archive.copy_laid_open")) as copy:
            some = step.pieces()
            while (pieces := await asyncio.to_thread(next, some, None)) is not None:
                for piece in pieces:
                    await copy.write(piece)
        return []
    await cursor.execute(step.statement, step.parameters, prepare=step.is_kept)
    return await cursor.fetchall() if cursor.description else []


def with_archived_sync(
    connection: psycopg.Connection[Any],
    name: str,
    parameters: Mapping[str, Any],
    about: Mapping[str, Any] | None = None,
) -> LiteralString:
    """The same on the connection of a thread."""
    needs = find_needs(name, parameters, about)
    if not needs:
        return query(name)
    steps = _steps(name, needs)
    with connection.cursor(row_factory=dict_row) as cursor:
        try:
            step = next(steps)
            while True:
                step = steps.send(_carry_out_sync(cursor, step))
        except StopIteration as end:
            return end.value


def _carry_out_sync(cursor: psycopg.Cursor[DictRow], step: "_Asked | LaidReadings") -> list[DictRow]:
    if isinstance(step, LaidReadings):
        with cursor.copy(query("archive.copy_laid_open")) as copy:
            for pieces in step.pieces():
                for piece in pieces:
                    copy.write(piece)
        return []
    cursor.execute(step.statement, step.parameters, prepare=step.is_kept)
    return cursor.fetchall() if cursor.description else []


@dataclass(frozen=True)
class _Asked:
    """A statement whose rows are wanted.

    Attributes:
        is_kept: its plan is the same each time, and the connection keeps it.
    """

    statement: LiteralString
    parameters: Mapping[str, Any] | None = None
    is_kept: bool = False


Steps = Generator[_Asked | LaidReadings, list[DictRow], LiteralString]


def _steps(name: str, needs: Sequence[ArchiveNeed], standing: DictRow | None = None) -> Steps:
    """Yields what is to be done before the statement, is sent the rows of each step, and returns its text.

    It waits for nothing itself, so that it serves both kinds of connection.
    """
    if standing is None:
        (standing,) = yield _Asked(query("archive.standing"), is_kept=True)
    if not standing["is_used"]:
        return query(name)
    if not standing["sees_one_moment"]:
        raise RuntimeError(f"{name} is asked in no transaction of one snapshot")
    parts = yield _Asked(query("archive.parts"), all_of(needs).parameters)
    if not parts:
        return query(name)
    if not standing["is_laid_out"]:
        if standing["is_standby"]:
            raise NeedsPrimary
        if standing["is_read_only"]:
            raise NotLaidOut
        yield _Asked(query("archive.lay_out"))
    if not are_laid(needs, standing["laid_open"]):
        laid = LaidReadings(parts, needs)
        yield _Asked(query("archive.forget_laid_open"))
        yield laid
        if laid.error is not None:
            raise laid.error
        yield _Asked(query("archive.note_laid_open"), {"laid_open": laid.label})
    return over_both(name)
