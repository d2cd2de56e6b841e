"""The conversion profiles that hold somewhere in a project, compiled.

A profile never changes once it is saved, so each is compiled once in the life of a process. It is kept by
what it says, its content hash: an id may mean another profile after a restore.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import structlog
from numpy.typing import NDArray
from psycopg.rows import DictRow, dict_row

from barograph.catalog.catalog_columns import ValidityColumns
from barograph.database.queries import query
from barograph.times import SECOND_US
from conversion import CompiledProfile, InvalidProfile, ProfileSet, compile_profile

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class ProfilesInForce:
    """Profiles by number. Those that do not compile are left out.

    Attributes:
        ids: int32[p], ascending.
        hashes: their content hashes.
        channels: what each needs besides its own sensor.
        max_age_us: how old that may be.
    """

    ids: NDArray[np.int32]
    hashes: Sequence[str]
    channels: Sequence[Sequence[str]]
    max_age_us: Sequence[int]
    compiled: ProfileSet


class ProfileCompiler:
    """Compiles what is not compiled yet. Safe to use from several threads."""

    def __init__(self) -> None:
        self._compiled: dict[str, CompiledProfile | None] = {}

    def compile(
        self, connection: psycopg.Connection[Any], validity: ValidityColumns, before: ProfilesInForce | None
    ) -> ProfilesInForce:
        """The profiles that hold somewhere; those of before, as long as they are the same ones."""
        ids, first = np.unique(validity.profile_id, return_index=True)
        hashes = validity.content_hash[first]
        self._compile_missing(connection, dict(zip(hashes.tolist(), ids.tolist(), strict=True)))
        is_sound = np.array([self._compiled[each] is not None for each in hashes], np.bool_)
        ids, sound = ids[is_sound], hashes[is_sound].tolist()
        if before is not None and np.array_equal(before.ids, ids) and before.hashes == sound:
            return before
        profiles = [profile for each in sound if (profile := self._compiled[each]) is not None]
        return ProfilesInForce(
            ids=ids,
            hashes=sound,
            channels=[profile.channels for profile in profiles],
            max_age_us=[round(profile.max_age_s * SECOND_US) for profile in profiles],
            compiled=ProfileSet(profiles),
        )

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
