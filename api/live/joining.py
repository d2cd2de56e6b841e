"""From a wish to a watch: rights, the picture, and its window's readings, which are the first patch.

All in one transaction of its own, in a question's turn, so that a costly window holds nobody up. The watch
then follows the log from that transaction's position.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.rows import DictRow

from api.edge.transaction import lend
from api.live.patches import PatchContent
from api.live.pictures import Picture, WatchedSensor
from api.live.reading import PatchDemand, read_patches
from api.live.watches import StreamOwner
from api.live.wishes import WatchWish
from api.rights.caller import Account, Credential
from api.rights.grants import decide, of_caller
from api.series.line.scope import Scope
from api.series.stored.fetch import fetch_row
from api.series.stored.lookups import READING_CHUNK_US, split_spans
from api.series.stored.positions import Moment, PictureKind, find_moment
from barograph.database.connections import Connection, Pool
from barograph.errors import Forbidden, NotFound
from barograph.program.fair_turns import TurnTaker
from barograph.times import SECOND_US

# Samples are shown where there are at most so many for each column.
SAMPLES_PER_COLUMN = 2


@dataclass(frozen=True)
class LiveCaller:
    """Who opened a stream."""

    account: Account
    owner: StreamOwner


@dataclass(frozen=True)
class JoinedWatch:
    """What a wish has become.

    Attributes:
        channels: for each sensor asked for its id and unit, or an error.
        picture: None where no sensor may be watched.
        content: of the first patch; None where the client goes on from what it holds.
    """

    channels: Sequence[dict[str, Any]]
    picture: Picture | None
    moment: Moment
    content: PatchContent | None


async def identify(pool: Pool, credential: Credential) -> LiveCaller:
    """Who opens a stream.

    Raises:
        Unauthenticated, PasswordChangeRequired, SecondFactorRequired: nobody who may.
    """
    async with lend(pool) as connection:
        cursor = await connection.execute(
            of_caller("access.nothing", credential.statement), {**credential.parameters, "public_id": None}
        )
        account = credential.admit(credential.identify(await cursor.fetchone()))
    named = credential.parameters
    token = named.get("token_hash")
    assert token is None or isinstance(token, bytes)  # noqa: S101  # what tokens are kept as
    by_session = credential.statement == "identity.caller_by_session"
    return LiveCaller(
        account,
        StreamOwner(
            account.id,
            None if token is not None else account.login_id,
            token if by_session else None,
            None if by_session else token,
        ),
    )


async def turn_taker(pool: Pool, caller: LiveCaller, wish: WatchWish) -> TurnTaker:
    """In whose turn the window is read: the project's whose sensor comes first, if it is theirs."""
    public_id = _uuid(wish.sensors[0])
    async with lend(pool) as connection:
        cursor = await connection.execute(
            of_caller("access.sensor", "identity.known_caller"),
            {"public_id": public_id, "account_id": caller.account.id},
        )
        row = await cursor.fetchone()
    is_theirs = row is not None and (caller.account.is_admin or row["role"] is not None)
    return TurnTaker(row["project_id"] if row is not None and is_theirs else None, caller.account.id)


async def join(connection: Connection, caller: LiveCaller, wish: WatchWish) -> JoinedWatch:
    """What the wish becomes, in a transaction that reads.

    Raises:
        Invalid: the window is none, or costs too much.
    """
    channels, sensors = await _find_sensors(connection, caller.account, wish)
    moment = await find_moment(connection)
    if not sensors:
        return JoinedWatch(channels, None, moment, None)
    window, resumed = wish.window, wish.resumed
    now_us, size_us = moment.now_us, wish.size_us(moment.now_us)

    def drawn(kind: PictureKind) -> Picture:
        own_us = size_us if kind == "buckets" else 1
        return Picture(sensors, window, wish.layer == "raw", kind, own_us, wish.columns, now_us)

    if resumed is not None and moment.position.can_follow(resumed[1], moment.horizon):
        return JoinedWatch(channels, drawn(resumed[0]), moment, None)
    picture = drawn("samples")
    if not await _is_sparse(connection, picture, now_us):
        picture = drawn("buckets")
    (content,) = await read_patches(connection, [PatchDemand(picture, picture.all_of(now_us))])
    return JoinedWatch(channels, picture, moment, content)


async def _find_sensors(
    connection: Connection, caller: Account, wish: WatchWish
) -> tuple[list[dict[str, Any]], tuple[WatchedSensor, ...]]:
    """A channel for each sensor asked for, and those that may be watched, each once."""
    names = [_uuid(name) for name in wish.sensors]
    known = [name for name in names if name is not None]
    cursor = await connection.execute(
        of_caller("access.sensors", "identity.known_caller"),
        {"public_ids": known, "account_id": caller.id},
    )
    rows: dict[UUID | None, DictRow] = {row["public_id"]: row for row in await cursor.fetchall() if row["id"]}
    channels: list[dict[str, Any]] = []
    sensors: dict[UUID, WatchedSensor] = {}
    for channel, name in enumerate(names):
        found = _sensor(channel, rows.get(name), caller, wish)
        if isinstance(found, str):
            channels.append({"channel": channel, "error": found})
            continue
        channels.append({"channel": channel, "sensor_id": str(found.public_id), "unit": found.unit})
        sensors.setdefault(found.public_id, found)
    return channels, tuple(sensors.values())


def _sensor(channel: int, row: DictRow | None, caller: Account, wish: WatchWish) -> WatchedSensor | str:
    """The sensor, or why it may not be watched."""
    try:
        grant = decide(caller, row, "viewer", "sensor")
    except (NotFound, Forbidden):
        return "unknown-sensor"
    if wish.layer == "raw" and not grant.sees_raw:
        return "forbidden"
    assert row is not None  # noqa: S101  # it is granted
    unit = row["input_unit"] if wish.layer == "raw" else row["output_unit"]
    return WatchedSensor(channel, row["id"], row["public_id"], row["project_id"], unit, row["raw_from"])


async def _is_sparse(connection: Connection, picture: Picture, now_us: int) -> bool:
    """Whether the window's readings are few enough to show each of them."""
    line, asked = picture.line, picture.all_of(now_us)
    scope = Scope(line, picture.sensor_ids, asked, asked.subtract(asked), picture.is_raw)
    most = SAMPLES_PER_COLUMN * picture.columns
    counted = 0
    for spans in split_spans(scope, {SECOND_US: asked}, READING_CHUNK_US):
        limits = {"is_believed": False, "most": most * picture.sensor_ids.size - counted}
        row = await fetch_row(connection, "series.count_readings", spans.parameters(scope) | limits)
        counted += int(row["readings"].sum())
        if row["readings"].max(initial=0) > most or counted > most * picture.sensor_ids.size:
            return False
    return True


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
