"""What the broker is asked for: each message once, as far as its subscriptions can say that. Pure.

A broker may send a message once for each of its filters that fit. So a pattern that another one covers is not
subscribed to: its messages come by that one, and the order of the settings decides who reads them.

Why: decision 1220.
"""

from collections.abc import Sequence

from ingest.mqtt.config import SubscriptionTable


def asked_of_broker(tables: Sequence[SubscriptionTable]) -> list[SubscriptionTable]:
    """The subscriptions without those that others cover; each asks for what those it covers need."""
    kept: list[SubscriptionTable] = []
    for table in tables:
        if any(_covers(each, table) for each in kept):
            continue
        kept = [each for each in kept if not _covers(table, each)] + [table]
    return [_with_needs_of(each, [table for table in tables if _covers(each, table)]) for each in kept]


def _covers(wide: SubscriptionTable, narrow: SubscriptionTable) -> bool:
    # Bridges that share messages share those of each filter by itself.
    return wide.share == narrow.share and wide.pattern.covers(narrow.pattern)


def _with_needs_of(table: SubscriptionTable, covered: Sequence[SubscriptionTable]) -> SubscriptionTable:
    return table.model_copy(
        update={
            "qos": max(each.qos for each in covered),
            "retained": any(each.retained for each in covered),
        }
    )
