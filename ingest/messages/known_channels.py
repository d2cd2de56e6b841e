"""What channels' names stand for, remembered from one frame or request to the next.

Why: decision 1140.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from sys import getsizeof
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from barograph.catalog.catalog import Catalog
from barograph.catalog.catalog_tokens import CatalogToken
from barograph.catalog.references import canonical
from barograph.catalog.sensor_names import Numbering
from barograph.readings.preparing.prepare import UNKNOWN_SENSOR
from ingest.messages.fingerprint import reference_number, sensor_number

MAX_KEPT_BYTES = 2**24
MAX_REQUEST_BYTES = 2**21
"""The names of a request that has more are looked up each time."""


class KnownChannels:
    """References in the order of channels, under one token, and what was found out about them.

    Several threads may use it: what one finds, another would have found as well.

    Args:
        token_id: of the token that limits what they may be.
        references: keys or ids of sensors.
        names: what the client called them, if that is something else.
    """

    def __init__(self, token_id: UUID, references: Sequence[str], names: Sequence[str] | None = None) -> None:
        self.references = references
        self._token_id = token_id
        self._names = references if names is None else names
        self._resolved: _ResolvedChannels | None = None
        self._numbered: tuple[NDArray[np.int32], NDArray[np.uint64]] | None = None
        self._named: NDArray[np.uint64] | None = None

    def slots(self, catalog: Catalog) -> NDArray[np.int32]:
        """int32[channels]: each channel's slot, UNKNOWN_SENSOR where the token sees no such sensor."""
        resolved = _ResolvedChannels.of(catalog, self._token_id, self.references, self._resolved)
        self._resolved = resolved
        return resolved.slots

    def are_known(self, catalog: Catalog) -> bool:
        """Whether the token sees all of them in this catalog, as far as that was found out before."""
        resolved = self._resolved
        return resolved is not None and resolved.are_all_there and resolved.holds_in(catalog, self._token_id)

    def named_numbers(self) -> NDArray[np.uint64]:
        """uint64[channels]: by what the client called the sensors, whatever there is."""
        named = self._named
        if named is None:
            numbers = [reference_number(canonical(name)) for name in self._names]
            self._named = named = np.array(numbers, np.uint64)
        return named

    def resolved_numbers(self, catalog: Catalog) -> NDArray[np.uint64]:
        """uint64[channels]: by the sensors; by name where there is none."""
        slots, numbered = self.slots(catalog), self._numbered
        if numbered is None or numbered[0] is not slots:
            numbers = [
                sensor_number(catalog.public_ids[slot]) if slot >= 0 else reference_number(name)
                for slot, name in zip(slots.tolist(), self._names, strict=True)
            ]
            self._numbered = numbered = (slots, np.array(numbers, np.uint64))
        return numbered[1]


class RequestChannels:
    """The channels of the requests that came last: most clients name the same sensors in each.

    Used on one event loop.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[UUID, tuple[str, ...]], KnownChannels] = OrderedDict()
        self._size_bytes = 0

    def of(self, token_id: UUID, references: Sequence[str]) -> KnownChannels:
        """The channels of a request, with what is known of them."""
        key = (token_id, tuple(references))
        known = self._kept.get(key)
        if known is not None:
            self._kept.move_to_end(key)
            return known
        known = KnownChannels(token_id, key[1])
        size_bytes = _size_bytes(known)
        if size_bytes <= MAX_REQUEST_BYTES:
            self._kept[key] = known
            self._size_bytes += size_bytes
            while self._size_bytes > MAX_KEPT_BYTES:
                self._size_bytes -= _size_bytes(self._kept.popitem(last=False)[1])
        return known


def _size_bytes(channels: KnownChannels) -> int:
    """The size of its names and its columns."""
    return 1000 + sum(40 + getsizeof(reference) for reference in channels.references)


@dataclass(frozen=True, slots=True)
class _ResolvedChannels:
    """Resolved channels: int32[channels], slots. They are looked up once.

    A later catalog of the same numbering can only make known what was unknown.
    """

    numbering: Numbering
    token: CatalogToken | None
    sensors: int
    slots: NDArray[np.int32]
    are_all_there: bool

    @classmethod
    def of(
        cls,
        catalog: Catalog,
        token_id: UUID,
        references: Sequence[str],
        before: "_ResolvedChannels | None",
    ) -> "_ResolvedChannels":
        """Resolves channels in this catalog, by what was known before, as far as that says something."""
        if before is None or not before.holds_in(catalog, token_id):
            return cls._found(catalog, token_id, resolve(catalog, token_id, references))
        if before.sensors == catalog.sensor_ids.size:
            return before
        slots = before.slots
        if not before.are_all_there:
            unknown = np.flatnonzero(slots == UNKNOWN_SENSOR)
            found = resolve(catalog, token_id, [references[channel] for channel in unknown.tolist()])
            if (found != UNKNOWN_SENSOR).any():
                slots = slots.copy()
                slots[unknown] = found
        return cls._found(catalog, token_id, slots)

    @classmethod
    def _found(cls, catalog: Catalog, token_id: UUID, slots: NDArray[np.int32]) -> "_ResolvedChannels":
        return cls(
            catalog.numbering,
            catalog.tokens.get(token_id),
            catalog.sensor_ids.size,
            slots,
            bool((slots >= 0).all()),
        )

    def holds_in(self, catalog: Catalog, token_id: UUID) -> bool:
        """Whether what has a slot here has it in that catalog, too."""
        return (
            self.numbering is catalog.numbering
            and self.token is catalog.tokens.get(token_id)
            and self.sensors <= catalog.sensor_ids.size
        )


def resolve(catalog: Catalog, token_id: UUID, references: Sequence[str]) -> NDArray[np.int32]:
    """int32[n]: the slots of these keys or ids; UNKNOWN_SENSOR also for one outside the token's scope.

    A token that the catalog lacks, because it is revoked, sees no sensor.
    """
    token = catalog.tokens.get(token_id)
    if token is None:
        return np.full(len(references), UNKNOWN_SENSOR, np.int32)
    found = [catalog.slot(reference) for reference in references]
    slots = np.array([UNKNOWN_SENSOR if each is None else each for each in found], np.int32)
    if token.sensor_ids is not None:
        known = np.flatnonzero(slots >= 0)
        allowed = np.isin(catalog.sensor_ids[slots[known]], list(token.sensor_ids))
        slots[known[~allowed]] = UNKNOWN_SENSOR
    return slots


def resolve_ids(catalog: Catalog, token_id: UUID, references: Sequence[str]) -> list[int]:
    """The ids of the sensors that these keys or ids name, ascending; none outside the token's scope."""
    slots = resolve(catalog, token_id, references)
    return np.unique(catalog.sensor_ids[slots[slots >= 0]]).tolist()
