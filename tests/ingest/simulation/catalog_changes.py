"""People who change catalogs while readings are under way, as the API does: each change one transaction."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from tests.ingest.simulation.laws import READINGS_OF_A_RIG
from tests.ingest.simulation.limit_laws import ModelLimit
from tests.ingest.simulation.model.database import ModelDatabase, SharedLock
from tests.ingest.simulation.model.state import (
    ALWAYS,
    ModelPiece,
    ModelProfile,
    ModelProject,
    ModelSensor,
    give,
)
from tests.ingest.simulation.senders.rigs import Rig, time_of
from tests.ingest.simulation.story import ChangeKind, PlannedChange

Sensors = Mapping[int, ModelSensor]
Validity = Mapping[int, tuple[ModelPiece, ...]]


class CatalogChanger:
    """Changes catalogs of a story's projects.

    Args:
        keys: what sensors may be called, by project.
        share_there: which share of them is there at first.
        limited: which share of them has limits.
        rigs: who has a token.
    """

    def __init__(
        self,
        database: ModelDatabase,
        keys: Mapping[int, list[str]],
        rigs: Sequence[Rig],
        share_there: float,
        limited: float,
    ) -> None:
        self._database, self._keys, self._rigs = database, keys, rigs
        self._share_there, self._limited = share_there, limited
        self._chance = database.chance
        # Ids that were drawn for sensors that come later than others, and the incarnation that drew them.
        self._drawn: list[tuple[int, int]] = []

    def begin(self) -> None:
        """The projects as the story finds them. Some sensors are not there yet."""
        for project_id, keys in self._keys.items():
            there = [key for key in keys if self._chance.random() < self._share_there]
            made = [self._new_sensor(key) for key in there]
            if made and self._chance.random() < 0.7:  # somebody else's, who commits later
                place = self._chance.randrange(len(made))
                self._drawn.append((made[place].id, self._database.incarnation))
                made[place] = replace(made[place], id=self._database.state.draw("sensor"))
            rigs = frozenset(rig.number for rig in self._rigs if rig.project_id == project_id)
            empty = ModelProject(project_id, 0, self._stamp(), {}, {}, (), rigs)
            validity = {each.id: self._first_pieces() for each in made if self._chance.random() < 0.7}
            sensors = {each.id: self._with_limits(each, validity.get(each.id)) for each in made}
            ids = tuple(sensors)
            self._database.set_project(empty.changed(self._stamp(), ids, sensors, validity))

    async def change(self, planned: PlannedChange) -> None:
        """One change. It is gone if the database goes away before it is committed."""
        await asyncio.sleep(planned.at_s)
        project_id = self._chance.choice(list(self._keys))
        outages = self._database.outages
        if self._database.is_away:
            return
        lock = self._database.catalog_lock(project_id)
        is_alone = planned.kind is not ChangeKind.ADD
        if is_alone and not await self._take(lock, outages):
            return
        try:
            await asyncio.sleep(planned.lasts_s)
            if outages == self._database.outages:
                self._commit(planned.kind, self._database.state.projects[project_id])
        finally:
            if is_alone:
                lock.release(self)

    async def _take(self, lock: SharedLock, outages: int) -> bool:
        lock.waiting_alone += 1
        try:
            while lock.alone is not None or lock.shared:
                if outages != self._database.outages:
                    return False
                free = asyncio.get_running_loop().create_future()
                lock.waiters.append(lambda free=free: None if free.done() else free.set_result(None))
                await asyncio.wait([free], timeout=1)
            lock.alone = self
        finally:
            lock.stop_waiting()
        return True

    def _commit(self, kind: ChangeKind, project: ModelProject) -> None:
        if kind is ChangeKind.WITHDRAW:
            self._withdraw(project)
            return
        changed = self._changed(kind, project)
        if changed is not None:
            ids, sensors, validity = changed
            self._database.set_project(project.changed(self._stamp(), ids, sensors, validity))
            self._database.notify("barograph_catalog", str(project.id))

    def _withdraw(self, project: ModelProject) -> None:
        """Of a rig that ends when it hears of it, if there is one."""
        rigs = [rig for rig in self._rigs if rig.number in project.rigs and rig.may_be_withdrawn]
        if not rigs:
            return
        rig = self._chance.choice(rigs)
        rig.is_withdrawn = True
        self._database.set_project(project.without_token(self._stamp(), rig.number))
        self._database.notify("barograph_catalog", str(project.id))

    def _changed(
        self, kind: ChangeKind, project: ModelProject
    ) -> tuple[tuple[int, ...], Sensors, Validity] | None:
        """The sensors that change, all sensors then, and where profiles hold then."""
        sensors, validity = dict(project.sensors), dict(project.validity)
        if kind is ChangeKind.ADD:
            return self._added(project)
        if not sensors:
            return None
        sensor = sensors[self._chance.choice(list(sensors))]
        ids = [sensor.id]
        match kind:
            case ChangeKind.RENAME:
                sensors[sensor.id] = replace(sensor, key=self._free_key(project))
            case ChangeKind.SWAP:
                other = sensors[self._chance.choice(list(sensors))]
                sensors[sensor.id] = replace(sensor, key=other.key)
                sensors[other.id] = replace(other, key=sensor.key)
                ids.append(other.id)
            case ChangeKind.ARCHIVE:
                sensors[sensor.id] = replace(sensor, status="inactive" if sensor.accepts else "active")
            case ChangeKind.DELETE:
                if sensor.id in self._database.state.with_readings:
                    return None
                del sensors[sensor.id]
                validity.pop(sensor.id, None)
            case ChangeKind.ACTIVATE:
                piece = self._new_piece(self._range())
                held = validity.get(sensor.id, ())
                validity[sensor.id] = give(held, piece.profile_id, piece.from_us, piece.to_us)
            case _:
                validity[sensor.id] = give(validity.get(sensor.id, ()), None, *self._range())
        return tuple(dict.fromkeys(ids)), sensors, validity

    def _added(self, project: ModelProject) -> tuple[tuple[int, ...], Sensors, Validity] | None:
        """A sensor of a name that somebody may send for already."""
        wanted = [key for key in self._keys[project.id] if project.named(key) is None]
        incarnation = self._database.incarnation
        self._drawn = [each for each in self._drawn if each[1] == incarnation]
        if self._chance.random() < 0.3:
            self._drawn.append((self._database.state.draw("sensor"), incarnation))
        made = self._new_sensor(self._chance.choice(wanted) if wanted else self._free_key(project))
        if self._drawn and self._chance.random() < 0.7:
            made = replace(made, id=self._drawn.pop(0)[0])
        sensors = {**project.sensors, made.id: self._with_limits(made, None)}
        return (made.id,), sensors, project.validity

    def _new_sensor(self, key: str) -> ModelSensor:
        public_id = str(UUID(int=self._chance.getrandbits(128)))
        return ModelSensor(self._database.state.draw("sensor"), public_id, key, "registering")

    def _with_limits(self, sensor: ModelSensor, pieces: Sequence[ModelPiece] | None) -> ModelSensor:
        """Some of them are violated by some of the readings, if the profile is what it is or may become."""
        if self._chance.random() >= self._limited:
            return sensor
        profile = (
            ModelProfile(self._chance.randint(1, 9), 0)
            if pieces is None
            else self._database.state.profiles[pieces[0].profile_id]
        )
        return replace(
            sensor, limits=tuple(self._new_limit(profile) for _ in range(self._chance.randint(1, 3)))
        )

    def _new_limit(self, profile: ModelProfile) -> ModelLimit:
        """Below a value, above one, or between two."""
        rig = self._chance.choice(self._rigs)
        number = rig.number * READINGS_OF_A_RIG + self._chance.randint(0, 15)
        bound = profile.slope * number + profile.offset
        low, high = self._chance.choice(
            [
                (-math.inf, bound),
                (bound, math.inf),
                (bound, bound + profile.slope * self._chance.randint(0, 4)),
            ]
        )
        return ModelLimit(
            self._database.state.draw("limit"),
            low,
            high,
            self._chance.choice([0.0, 0.0, 2.0 * profile.slope]),
            1000 * self._chance.choice([0, 0, 1, 3]),
            *(ALWAYS if self._chance.random() < 0.6 else self._range()),
        )

    def _first_pieces(self) -> tuple[ModelPiece, ...]:
        """One, or two that may change within a frame."""
        pieces = (self._new_piece(ALWAYS),)
        if self._chance.random() < 0.7:
            return pieces
        piece = self._new_piece(self._range())
        return give(pieces, piece.profile_id, piece.from_us, piece.to_us)

    def _new_piece(self, piece_range: tuple[int, int]) -> ModelPiece:
        state = self._database.state
        profile_id = state.draw("profile")
        state.profiles[profile_id] = ModelProfile(self._chance.randint(1, 9), self._chance.randint(0, 99))
        return ModelPiece(profile_id, *piece_range)

    def _range(self) -> tuple[int, int]:
        """Always, or between two readings of a rig."""
        if self._chance.random() < 0.3:
            return ALWAYS
        first = self._chance.randint(0, 20)
        return time_of(first), time_of(first + self._chance.randint(1, 20) % READINGS_OF_A_RIG)

    def _free_key(self, project: ModelProject) -> str:
        wanted = [key for key in self._keys[project.id] if project.named(key) is None]
        if wanted and self._chance.random() < 0.5:
            return self._chance.choice(wanted)
        return f"other-{self._chance.getrandbits(32)}"

    def _stamp(self) -> UUID:
        return UUID(int=self._chance.getrandbits(128))
