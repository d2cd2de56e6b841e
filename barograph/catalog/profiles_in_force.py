"""The compiled conversion profiles that are valid at some time in a project.

A profile never changes once it is saved, so each is compiled once in the life of a process. It is kept by
what it says, its content hash: an id may mean another profile after a restore.

Whoever knows what held before adds the profiles that are new. Those that hold nowhere any more stay, until
they are as many as those that do.

Why: decision 110, decision 850.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg
import structlog
from numpy.typing import NDArray
from psycopg.rows import DictRow, dict_row

from barograph.catalog.catalog_columns import ValidityColumns, place_of
from barograph.database.queries import query
from barograph.times import SECOND_US
from conversion import CompiledProfile, InvalidProfile, ProfileSet, compile_profile

# Profiles that hold nowhere are kept up to this number whatever the others are.
MIN_KEPT = 1000
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class ProfilesInForce:
    """Profiles by number. Those that do not compile are left out.

    Attributes:
        ids: int32[p].
        hashes: str[p], their content hashes.
        needy: int32[k], ascending, the profiles that need other sensors.
        channels: what each of those needs.
        max_age_us: int64[p], how old that may be.
    """

    ids: NDArray[np.int32]
    hashes: NDArray[np.object_]
    needy: NDArray[np.int32]
    channels: Sequence[Sequence[str]]
    max_age_us: NDArray[np.int64]
    compiled: ProfileSet
    _order: NDArray[np.intp] = field(repr=False)

    @classmethod
    def of(
        cls, ids: NDArray[np.int32], hashes: NDArray[np.object_], profiles: Sequence[CompiledProfile]
    ) -> "ProfilesInForce":
        """Numbered in this order."""
        needy = [number for number, profile in enumerate(profiles) if profile.channels]
        return cls(
            ids=ids,
            hashes=hashes,
            needy=np.array(needy, np.int32),
            channels=[profiles[number].channels for number in needy],
            max_age_us=np.array([round(each.max_age_s * SECOND_US) for each in profiles], np.int64),
            compiled=ProfileSet(profiles),
            _order=np.argsort(ids),
        )

    def numbers(self, profile_ids: NDArray[np.int32]) -> NDArray[np.int32]:
        """int32[n]: the number of each; -1 where it is not here."""
        if not self.ids.size:
            return np.full(profile_ids.size, -1, np.int32)
        place = place_of(self.ids[self._order], profile_ids)
        return np.where(place >= 0, self._order[place], -1).astype(np.int32)

    def with_these(
        self, ids: NDArray[np.int32], hashes: NDArray[np.object_], profiles: Sequence[CompiledProfile]
    ) -> "ProfilesInForce":
        """The profiles and more of them, numbered after these."""
        others = ProfilesInForce.of(ids, hashes, profiles)
        joined = np.concatenate([self.ids, ids])
        return ProfilesInForce(
            ids=joined,
            hashes=np.concatenate([self.hashes, hashes]),
            needy=np.concatenate([self.needy, others.needy + np.int32(self.ids.size)]),
            channels=[*self.channels, *others.channels],
            max_age_us=np.concatenate([self.max_age_us, others.max_age_us]),
            compiled=self.compiled.with_these(profiles),
            _order=np.argsort(joined, kind="stable"),
        )


class ProfileCompiler:
    """Compiles what is not compiled yet. Safe to use from several threads."""

    def __init__(self) -> None:
        self._compiled: dict[str, CompiledProfile | None] = {}

    def compile(self, connection: psycopg.Connection[Any], validity: ValidityColumns) -> ProfilesInForce:
        """The profiles that hold somewhere."""
        return ProfilesInForce.of(*self._sound(connection, validity.profile_id, validity.content_hash))

    def compile_changed(
        self,
        connection: psycopg.Connection[Any],
        before: ProfilesInForce,
        validity: ValidityColumns,
        changed: NDArray[np.intp],
    ) -> ProfilesInForce:
        """The same, by what held before and the rows of what changed."""
        if before.ids.size > 2 * validity.profile_id.size + MIN_KEPT:
            return self.compile(connection, validity)
        ids, hashes = validity.profile_id[changed], validity.content_hash[changed]
        is_new = before.numbers(ids) < 0
        if not is_new.any():
            return before
        ids, hashes, profiles = self._sound(connection, ids[is_new], hashes[is_new])
        return before.with_these(ids, hashes, profiles) if ids.size else before

    def _sound(
        self, connection: psycopg.Connection[Any], ids: NDArray[np.int32], hashes: NDArray[np.object_]
    ) -> tuple[NDArray[np.int32], NDArray[np.object_], list[CompiledProfile]]:
        """Each once, ascending, that compiles."""
        ids, first = np.unique(ids, return_index=True)
        hashes = hashes[first]
        self._compile_missing(connection, dict(zip(hashes.tolist(), ids.tolist(), strict=True)))
        compiled = [self._compiled[each] for each in hashes.tolist()]
        is_sound = np.array([each is not None for each in compiled], np.bool_)
        return ids[is_sound], hashes[is_sound], [each for each in compiled if each is not None]

    def _compile_missing(self, connection: psycopg.Connection[Any], id_of: Mapping[str, int]) -> None:
        """Compiles what these hashes stand for, each by the payload of one profile that has it."""
        hash_of = {profile_id: each for each, profile_id in id_of.items() if each not in self._compiled}
        if not hash_of:
            return
        with connection.cursor(row_factory=dict_row) as cursor:
            for row in cursor.execute(query("catalog.profiles"), {"ids": list(hash_of)}):
                self._compiled[hash_of[row["id"]]] = _compile_stored(row)


def _compile_stored(row: DictRow) -> CompiledProfile | None:
    """None, loudly, if a profile that was valid when saved no longer is; raw is stored all the same."""
    try:
        return compile_profile({"kind": row["kind"], "payload": row["payload"]})
    except InvalidProfile as error:
        log.error("stored profile does not compile", profile_id=row["id"], errors=str(error))  # noqa: TRY400  # the message says all
        return None
