"""How full pools of connections are, by the name under which the server knows their connections."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from psycopg_pool import AsyncConnectionPool, ConnectionPool

AnyPool: TypeAlias = ConnectionPool[Any] | AsyncConnectionPool[Any]
MEANINGS = {
    "barograph_database_connections_in_use": "Connections of a pool that somebody works with",
    "barograph_database_connections_limit": "Connections that a pool may have",
    "barograph_database_connections_wanted": "Callers that wait for a connection of a pool",
}


class PoolMetrics(Collector):
    """Asks each pool at each scrape. Pools that are gone are forgotten."""

    def __init__(self) -> None:
        self._pools: WeakKeyDictionary[AnyPool, str] = WeakKeyDictionary()
        self._lines: WeakKeyDictionary[AnyPool, Callable[[], int]] = WeakKeyDictionary()

    def watch(self, pool: AnyPool, name: str) -> None:
        """Counts this pool in under this name; several of one name count together."""
        self._pools[pool] = name

    def watch_line(self, pool: AnyPool, count_waiting: Callable[[], int]) -> None:
        """Counts callers in who wait for their turn before they ask the pool."""
        self._lines[pool] = count_waiting

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """The names alone."""
        yield from self._families().values()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The pools as they are now."""
        families = self._families()
        for metric, counts in self._count().items():
            for name, count in counts.items():
                families[metric].add_metric([name], count)
        yield from families.values()

    def _count(self) -> dict[str, Counter[str]]:
        in_use, limit, wanted = (Counter[str]() for _ in MEANINGS)
        for pool, name in list(self._pools.items()):
            stats = pool.get_stats()
            in_use[name] += stats.get("pool_size", 0) - stats.get("pool_available", 0)
            limit[name] += pool.max_size
            line = self._lines.get(pool)
            wanted[name] += stats.get("requests_waiting", 0) + (line() if line is not None else 0)
        return dict(zip(MEANINGS, (in_use, limit, wanted), strict=True))

    def _families(self) -> dict[str, GaugeMetricFamily]:
        return {name: GaugeMetricFamily(name, text, labels=["pool"]) for name, text in MEANINGS.items()}


POOLS = PoolMetrics()
REGISTRY.register(POOLS)
