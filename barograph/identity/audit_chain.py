"""The audit trail as a chain of hashes: sealing what was written, pruning what is old, verifying the rest.

entry -> queued (by the insert) -> seal: hash over a batch of entries and the seal before -> seal -> …
                                   prune: oldest seals and their entries go, an anchor keeps the last hash

Writers never wait for the chain; whoever alters, removes or slips in an entry behind the database's back
breaks a link. Cutting off the newest links whole is seen only by somebody who noted a later head.

Why: decision 30.
"""

import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import DictRow

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.identity.audit_key import sign

HEAD = re.compile(r"(?P<number>[0-9]{1,19}):(?P<hash>[0-9A-Fa-f]{64})")


@dataclass(frozen=True)
class Link:
    """A seal, by its number and the hash that everything before it leads to."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> "Link":
        """Parses what `str` writes.

        Raises:
            ValueError: it is not written so.
        """
        found = HEAD.fullmatch(text)
        if found is None:
            raise ValueError("a head is a number, a colon and 64 hexadecimal digits")
        return cls(int(found["number"]), found["hash"].lower())


@dataclass(frozen=True)
class Verification:
    """The outcome of a look at the whole chain.

    Attributes:
        head: the newest link; worth noting elsewhere, to verify against later.
        entries: entries that seals hold.
        waiting: entries not sealed yet.
        faults: what is wrong, a sentence each.
    """

    head: Link | None
    entries: int
    waiting: int
    faults: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        state = "does not hold" if self.faults else "holds"
        head = f" Its head is {self.head}" if self.head else ""
        return f"The audit trail {state}: {self.entries} entries sealed, {self.waiting} to be sealed.{head}"


def seal(database_url: str, key: bytes | None = None) -> Link | None:
    """Adds a link that holds what waits, at most 10,000 entries.

    None if nothing waits, or another process seals just now.

    Raises:
        psycopg.Error: the database does not answer; nothing has happened.
    """
    with _connect(database_url) as connection:
        row = _run_alone(connection, "audit_chain.seal", {})
        if row is not None and key is not None:
            mac = sign(key, row["number"], row["hash"])
            connection.execute(query("audit_chain.sign"), {"number": row["number"], "mac": mac})
    return None if row is None else Link(row["number"], row["hash"])


def prune(database_url: str, keep_days: int) -> int | None:
    """Removes up to 100 links older than this, with their entries; how many entries, None if there is none.

    Raises:
        psycopg.Error: the database does not answer; nothing has happened.
    """
    with _connect(database_url) as connection:
        row = _run_alone(connection, "audit_chain.prune", {"keep_days": keep_days})
    return None if row is None or row["after"] is None else row["after"]["entries"]


def verify(database_url: str, known: Link | None = None, key: bytes | None = None) -> Verification:
    """Computes every link again from what is stored.

    Args:
        known: a head noted earlier, which must still be a link.
        key: that signed the seals.

    Raises:
        psycopg.Error: the database does not answer, or is not migrated.
    """
    with _connect(database_url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        links, anchors, stray, waiting, signatures = (
            connection.execute(query(name)).fetchall()
            for name in (
                "audit_chain.verify",
                "audit_chain.anchors",
                "audit_chain.stray",
                "audit_chain.waiting",
                "audit_chain.signatures",
            )
        )
    faults = [fault for link in links for fault in _link_faults(link)]
    faults += [f"entry {row['id']} was never queued for sealing" for row in stray]
    if key is not None:
        faults += _signature_faults(key, links, {row["number"]: row["mac"] for row in signatures})
    if anchors and not anchors[0]["is_named"]:
        faults.append(f"no entry names the pruning up to seal {anchors[0]['number']}")
    if known is not None and known not in map(_link, (*links, *anchors)):
        faults.append(f"the seal {known} is not in the chain")
    return Verification(
        head=_link(links[-1]) if links else None,
        entries=sum(link["found_count"] for link in links),
        waiting=waiting[0]["entries"],
        faults=faults,
    )


def _signature_faults(key: bytes, links: list[DictRow], macs: dict[int, bytes]) -> Iterator[str]:
    """Faults of signatures.

    From the first signed seal on, all are signed; so is the newest, once one was sealed since the upgrade.
    """
    numbers = {link["number"] for link in links}
    first = min([*macs, *([max(numbers)] if numbers else [])], default=0)
    yield from (f"seal {number}, which was signed, is gone" for number in sorted(macs.keys() - numbers))
    for link in links:
        number, digest = link["number"], link["hash"]
        if number >= first and not hmac.compare_digest(macs.get(number, b""), sign(key, number, digest)):
            yield f"seal {number} is not signed with the key"


def _connect(database_url: str) -> psycopg.Connection[DictRow]:
    return open_connection(database_url, Role.AUDIT)


def _run_alone(
    connection: psycopg.Connection[DictRow], name: str, parameters: dict[str, Any]
) -> DictRow | None:
    lock = connection.execute(query("audit_chain.try_lock")).fetchone()
    if lock is None or not lock["is_free"]:
        return None
    return connection.execute(query(name), parameters).fetchone()


def _link(row: DictRow) -> Link:
    return Link(row["number"], row["hash"])


def _link_faults(link: DictRow) -> Iterator[str]:
    name = f"seal {link['number']}"
    if not link["follows"]:
        yield f"{name} does not follow the one before it"
    if not link["is_whole"]:
        yield f"{name} was altered"
    if link["found_count"] != link["entry_count"]:
        yield f"{name} holds {link['entry_count']} entries, of which {link['found_count']} are left"
    elif not link["holds_entries"]:
        yield f"an entry of {name} was altered"
