"""From a request to a watch: rights, the picture, and its window's readings, which are the first patch.

All in one transaction of its own, in a question's turn, so that a costly window holds nobody up. The watch
then follows the log from that transaction's position.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.rows import DictRow

from api.edge.statements import find_row
from api.edge.transaction import lend
from api.live.patches import PatchContent
from api.live.pictures import Picture, WatchedSensor
from api.live.reading import PatchDemand, read_patches
from api.live.watch_requests import WatchRequest
from api.live.watches import StreamOwner
from api.questions.asker import NOTHING, AskedAbout
from api.rights.caller import Account, Credential
from api.rights.grants import PROJECT_ACCESS, decide, of_caller
from api.sensors.references import fetch_sensors
from api.series.answers.coarsening import coarser_tiers_us, first_size_us
from api.series.line.buckets import format_bucket
from api.series.line.scope import Scope
from api.series.stored.costs import TooCostly
from api.series.stored.fetch import fetch_row
from api.series.stored.lookups import READING_CHUNK_US, split_spans
from api.series.stored.positions import find_moment
from barograph.catalog.references import has_form_of_id
from barograph.database.connections import Connection, Pool
from barograph.database.positions import Moment
from barograph.errors import Forbidden, NotFound
from barograph.times import SECOND_US

# Samples are shown where there are at most so many for each column.
SAMPLES_PER_COLUMN = 2


@dataclass(frozen=True)
class LiveCaller:
    """The caller who opened a stream. Whether the log-in holds is looked at with each request."""

    account_id: UUID
    credential: Credential
    owner: StreamOwner


@dataclass(frozen=True)
class JoinedWatch:
    """The outcome of a request to watch.

    Attributes:
        channels: for each sensor asked for its id and unit, or an error.
        picture: None where no sensor may be watched.
        content: of the first patch; None where the client goes on from what it holds.
        finest_us: the buckets that were asked for; those of the picture are larger where these cost too much.
    """

    channels: Sequence[dict[str, Any]]
    picture: Picture | None
    moment: Moment
    content: PatchContent | None = None
    finest_us: int = 1

    @property
    def description(self) -> dict[str, Any]:
        """The description that clients get."""
        picture = self.picture
        in_buckets = picture is not None and picture.kind == "buckets"
        is_coarser = picture is not None and in_buckets and picture.size_us > self.finest_us
        return {
            "kind": None if picture is None else picture.kind,
            "bucket_us": picture.size_us if picture is not None and in_buckets else None,
            "coarsened_from": format_bucket(self.finest_us) if is_coarser else None,
            "channels": self.channels,
        }


async def identify(pool: Pool, credential: Credential) -> LiveCaller:
    """Identifies who opens a stream.

    Raises:
        Unauthenticated, PasswordChangeRequired, SecondFactorRequired: nobody who may.
    """
    async with lend(pool) as connection:
        row = await find_row(connection, credential.statement, credential.parameters)
    account = credential.admit(credential.identify(row))
    named = credential.parameters
    token = named.get("token_hash")
    assert token is None or isinstance(token, bytes)  # noqa: S101  # what tokens are kept as
    by_session = credential.statement == "identity.caller_by_session"
    owner = StreamOwner(
        account.id,
        None if token is not None else account.login_id,
        token if by_session else None,
        None if by_session else token,
    )
    return LiveCaller(account.id, credential, owner)


def asked_about(wanted: WatchRequest) -> AskedAbout:
    """The turn in which the window is read: that of the project, or of the sensor that comes first."""
    if wanted.project is not None:
        return AskedAbout("access.project", wanted.project)
    first = wanted.sensors[0]
    return AskedAbout("access.sensor", UUID(first)) if has_form_of_id(first) else NOTHING


async def join(connection: Connection, caller: LiveCaller, wanted: WatchRequest) -> JoinedWatch:
    """Makes a watch of a request, in a transaction that reads.

    Raises:
        Unauthenticated, PasswordChangeRequired, SecondFactorRequired: the log-in holds no more.
        Invalid: the window is none, or costs too much however it is drawn.
    """
    channels, sensors = await _find_sensors(connection, caller.credential, wanted)
    moment = await find_moment(connection)
    if not sensors:
        return JoinedWatch(channels, None, moment)
    window, finest_us = wanted.window, wanted.size_us(moment.now_us)

    def in_buckets(size_us: int) -> Picture:
        return Picture(
            sensors, window, wanted.layer == "raw", "buckets", size_us, wanted.columns, moment.now_us
        )

    samples = Picture(sensors, window, wanted.layer == "raw", "samples", 1, wanted.columns, moment.now_us)
    if wanted.held is not None and moment.position.can_follow(wanted.held[1], moment.horizon):
        drawn = (samples, *map(in_buckets, (finest_us, *coarser_tiers_us(finest_us))))
        for picture in drawn:
            if picture.drawing == wanted.held[0]:
                return JoinedWatch(channels, picture, moment, None, finest_us)
    if await _is_sparse(connection, samples, moment.now_us):
        content = await _read_whole(connection, samples, moment.now_us)
        return JoinedWatch(channels, samples, moment, content, finest_us)
    picture, content = await _draw_affordably(connection, in_buckets, finest_us, moment.now_us)
    return JoinedWatch(channels, picture, moment, content, finest_us)


async def _draw_affordably(
    connection: Connection, in_buckets: Callable[[int], Picture], finest_us: int, now_us: int
) -> tuple[Picture, PatchContent]:
    """The picture in the finest buckets in which its window does not cost too much, and the window."""
    first_us = await first_size_us(connection, _whole_of(in_buckets(finest_us), now_us), finest_us)
    *finer, coarsest_us = [first_us, *coarser_tiers_us(first_us)]
    for size_us in finer:
        picture = in_buckets(size_us)
        try:
            return picture, await _read_whole(connection, picture, now_us)
        except TooCostly:
            continue
    picture = in_buckets(coarsest_us)
    return picture, await _read_whole(connection, picture, now_us)


async def _read_whole(connection: Connection, picture: Picture, now_us: int) -> PatchContent:
    (content,) = await read_patches(connection, [PatchDemand(picture, picture.all_of(now_us))])
    return content


async def _find_sensors(
    connection: Connection, credential: Credential, wanted: WatchRequest
) -> tuple[list[dict[str, Any]], tuple[WatchedSensor, ...]]:
    """A channel for each sensor asked for, and those that may be watched, each once."""
    keys = await _ids_of_keys(connection, credential, wanted)
    names = [UUID(name) if has_form_of_id(name) else keys.get(name) for name in wanted.sensors]
    parameters = {**credential.parameters, "public_ids": [name for name in names if name is not None]}
    cursor = await connection.execute(of_caller("access.sensors", credential.statement), parameters)
    found = await cursor.fetchall()
    caller = credential.admit(credential.identify(found[0] if found else None))
    rows: dict[UUID | None, DictRow] = {row["public_id"]: row for row in found if row["id"]}
    channels: list[dict[str, Any]] = []
    sensors: dict[UUID, WatchedSensor] = {}
    for channel, name in enumerate(names):
        sensor = _sensor(channel, rows.get(name), caller, wanted)
        if isinstance(sensor, str):
            channels.append({"channel": channel, "error": sensor})
            continue
        channels.append({"channel": channel, "sensor_id": str(sensor.public_id), "unit": sensor.unit})
        sensors.setdefault(sensor.public_id, sensor)
    return channels, tuple(sensors.values())


async def _ids_of_keys(
    connection: Connection, credential: Credential, wanted: WatchRequest
) -> Mapping[str, UUID]:
    """The sensors' ids by key, in the project that the request names, if that is the caller's to see."""
    keys = [name for name in wanted.sensors if not has_form_of_id(name)]
    if not keys or wanted.project is None:
        return {}
    try:
        grant = await PROJECT_ACCESS.grant("viewer", wanted.project, credential, connection)
    except NotFound:
        return {}
    found = await fetch_sensors(connection, grant.project_id, keys)
    return {key: row["public_id"] for key, row in found.items()}


def _sensor(channel: int, row: DictRow | None, caller: Account, wanted: WatchRequest) -> WatchedSensor | str:
    """The sensor, or why it may not be watched."""
    try:
        grant = decide(caller, row, "viewer", "sensor")
    except (NotFound, Forbidden):
        return "unknown-sensor"
    if wanted.layer == "raw" and not grant.sees_raw:
        return "forbidden"
    assert row is not None  # noqa: S101  # it is granted
    unit = row["input_unit"] if wanted.layer == "raw" else row["output_unit"]
    return WatchedSensor(channel, row["id"], row["public_id"], row["project_id"], unit, row["raw_from"])


async def _is_sparse(connection: Connection, picture: Picture, now_us: int) -> bool:
    """Whether the window's readings are few enough to show each of them."""
    scope = _whole_of(picture, now_us)
    max_readings = SAMPLES_PER_COLUMN * picture.columns
    counted = 0
    for spans in split_spans(scope, {SECOND_US: scope.asked}, READING_CHUNK_US):
        limits = {"is_believed": False, "max_rows": max_readings * picture.sensor_ids.size - counted}
        try:
            row = await fetch_row(connection, "series.count_readings", spans.parameters(scope) | limits)
        except TooCostly:  # too many archived ones have no value of the layer
            return False
        counted += int(row["readings"].sum())
        if row["readings"].max(initial=0) > max_readings or counted > max_readings * picture.sensor_ids.size:
            return False
    return True


def _whole_of(picture: Picture, now_us: int) -> Scope:
    """The whole window as a question has it."""
    asked = picture.all_of(now_us)
    return Scope(picture.line, picture.sensor_ids, asked, asked.subtract(asked), picture.is_raw)
