"""The chain of the audit trail: what it seals, how it is pruned, and that tampering shows."""

import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from barograph.identity.audit_chain import Link, prune, seal, verify
from barograph.identity.audit_key import audit_key_file, load_audit_key, sign
from barograph.settings import Settings
from tests.conftest import PROJECT, database_name, temporary_database

# What somebody does who owns the database and wants to leave no trace.
AS_IF_UNGUARDED = "set session_replication_role = replica"


def write(database_url: str, count: int = 1, actor: str = "ada@example.org") -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into audit_entry (actor, action, before, after)"
            ' select %s, \'run.change\', \'{"name": "a"}\', \'{"name": "b"}\' from generate_series(1, %s)',
            (actor, count),
        )


def tamper(database_url: str, statement: LiteralString) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(AS_IF_UNGUARDED)
        assert connection.execute(statement).rowcount > 0


def sealed(database_url: str, batches: Sequence[int]) -> list[Link]:
    """A chain of links that hold so many entries each."""
    links: list[Link] = []
    for count in batches:
        write(database_url, count)
        link = seal(database_url)
        assert link is not None
        links.append(link)
    return links


def age(database_url: str, numbers: Sequence[int]) -> None:
    """Makes seals old in good order, as time would: with their hashes, and those that follow."""
    with psycopg.connect(database_url) as connection:
        connection.execute(AS_IF_UNGUARDED)
        connection.execute(
            "update audit_seal set sealed_at = sealed_at - interval '1000 days' where number = any(%s)",
            (list(numbers),),
        )
        rows = connection.execute("select number from audit_seal order by number").fetchall()
        for (number,) in rows:
            connection.execute(
                "update audit_seal as seal set previous_hash = coalesce("
                "(select hash from audit_seal where number = seal.number - 1),"
                "(select hash from audit_anchor where number = seal.number - 1), seal.previous_hash)"
                " where number = %s",
                (number,),
            )
            connection.execute(
                "update audit_seal as seal set hash = audit_link(seal) where number = %s", (number,)
            )


def test_an_empty_trail_holds(database_url: str) -> None:
    assert seal(database_url) is None
    verification = verify(database_url)
    assert verification.faults == []
    assert verification.head is None


def test_links_hold_all_entries_and_lead_to_each_other(database_url: str) -> None:
    links = sealed(database_url, [3, 1, 5])
    write(database_url, 2)
    verification = verify(database_url)
    assert verification.faults == []
    assert (verification.entries, verification.waiting) == (9, 2)
    assert verification.head == links[-1]
    assert [link.number for link in links] == [1, 2, 3]
    assert seal(database_url) is not None
    assert seal(database_url) is None


def test_an_entry_that_commits_late_is_in_a_later_seal(database_url: str) -> None:
    with psycopg.connect(database_url) as late, psycopg.connect(database_url) as rolled_back:
        late.execute("insert into audit_entry (actor, action) values ('late', 'a.b')")
        rolled_back.execute("insert into audit_entry (actor, action) values ('never', 'a.b')")
        rolled_back.rollback()
        write(database_url, 2)
        assert seal(database_url) is not None
        assert verify(database_url).entries == 2
        late.commit()
    assert seal(database_url) is not None
    verification = verify(database_url)
    assert (verification.entries, verification.waiting, verification.faults) == (3, 0, [])


def test_seals_made_at_once_form_one_chain(database_url: str) -> None:
    for _ in range(5):
        write(database_url, 10)
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(seal, [database_url] * 8))
    while seal(database_url):
        pass
    verification = verify(database_url)
    assert (verification.entries, verification.waiting, verification.faults) == (50, 0, [])


@pytest.fixture(scope="module")
def pruned_trail(server_url: str, template_name: str) -> Generator[str]:
    """A database with an anchor and a seal, which nobody may change."""
    with temporary_database(server_url, database_name(), template_name) as url:
        sealed(url, [2, 2])
        age(url, [1])
        assert prune(url, 1) == 2
        yield url


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entry set actor = 'x'",
        "delete from audit_entry",
        "truncate audit_entry",
        "update audit_seal set entry_count = 0",
        "delete from audit_seal",
        "truncate audit_seal",
        "delete from audit_anchor",
    ],
)
def test_the_database_refuses_to_change_the_trail(pruned_trail: str, statement: LiteralString) -> None:
    with psycopg.connect(pruned_trail) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "faults"),
    [
        ("update audit_entry set actor = 'eve' where id = 4", ["an entry of seal 2 was altered"]),
        ("update audit_entry set at = at + '1 us' where id = 1", ["an entry of seal 1 was altered"]),
        ("update audit_entry set after = '{}' where id = 9", ["an entry of seal 3 was altered"]),
        ("delete from audit_entry where id = 4", ["seal 2 holds 1 entries, of which 0 are left"]),
        (
            "insert into audit_entry (actor, action) values ('eve', 'a.b')",
            ["entry 10 was never queued for sealing"],
        ),
        ("delete from audit_seal where number = 2", ["entry 4 was never", "seal 3 does not follow"]),
        ("delete from audit_seal where number = 1", ["entry 1 was never", "seal 2 does not follow"]),
        ("update audit_seal set entry_count = 9 where number = 2", ["seal 2 was altered", "seal 2 holds 9"]),
        ("update audit_seal set sealed_at = now() + '1 d' where number = 3", ["seal 3 was altered"]),
        ("update audit_seal set hash = sha256('x') where number = 1", ["seal 1 was", "seal 2 does not"]),
    ],
)
def test_tampering_shows(database_url: str, statement: LiteralString, faults: list[str]) -> None:
    sealed(database_url, [3, 1, 5])
    tamper(database_url, statement)
    found = sorted(verify(database_url).faults)
    for fault in faults:
        assert any(line.startswith(fault) for line in found), found


def test_an_entry_that_goes_before_it_is_sealed_is_missed(database_url: str) -> None:
    write(database_url, 2)
    tamper(database_url, "delete from audit_entry where id = 1")
    seal(database_url)
    assert verify(database_url).faults == ["seal 1 holds 2 entries, of which 1 are left"]


def test_cutting_off_the_end_shows_to_whoever_noted_the_head(database_url: str) -> None:
    links = sealed(database_url, [1, 1, 1])
    assert verify(database_url, links[2]).faults == []
    tamper(database_url, "delete from audit_seal where number = 3")
    tamper(database_url, "delete from audit_entry where id = 3")
    assert verify(database_url).faults == []
    assert verify(database_url, links[1]).faults == []
    assert verify(database_url, links[2]).faults == [f"the seal {links[2]} is not in the chain"]


def test_pruning_leaves_a_chain_that_holds(database_url: str) -> None:
    sealed(database_url, [3, 2, 1])
    age(database_url, [1, 2])
    assert prune(database_url, 365) == 5
    assert prune(database_url, 365) is None
    assert verify(database_url).faults == []
    sealed(database_url, [4])
    age(database_url, [3])
    assert prune(database_url, 365) == 1
    verification = verify(database_url)
    assert (verification.faults, verification.waiting) == ([], 1)
    sealed(database_url, [1])
    assert verify(database_url).faults == []


def test_pruning_everything_leaves_an_anchor_to_go_on_from(database_url: str) -> None:
    links = sealed(database_url, [3])
    age(database_url, [1])
    assert prune(database_url, 365) == 3
    following = seal(database_url)
    assert following is not None
    assert following.number == links[0].number + 1
    assert verify(database_url).faults == []


def test_a_pruning_that_nobody_noted_shows(database_url: str) -> None:
    sealed(database_url, [1, 1])
    tamper(
        database_url,
        "insert into audit_anchor (number, hash) select number, hash from audit_seal where number = 1",
    )
    tamper(database_url, "delete from audit_entry where id = 1")
    tamper(database_url, "delete from audit_seal where number = 1")
    assert verify(database_url).faults == ["no entry names the pruning up to seal 1"]


def test_a_restored_copy_holds_and_goes_on(server_url: str, database_url: str) -> None:
    sealed(database_url, [3])
    original = database_url.rpartition("/")[2].partition("?")[0]
    with temporary_database(server_url, database_name(), original) as copy:
        assert verify(copy) == verify(database_url)
        sealed(copy, [1])
        assert verify(copy).faults == []


def test_a_head_is_written_as_it_is_read() -> None:
    link = Link(12, "ab" * 32)
    assert Link.parse(str(link)) == link
    for text in ("", "12", "12:xyz", "a:ab", "12:ab:cd", f"a:{'ab' * 32}", f" 1:{'ab' * 32}"):
        with pytest.raises(ValueError, match="a head is a number, a colon and 64 hexadecimal digits"):
            Link.parse(text)


def audit_verify(database_url: str, data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """With no key but one that lies in this folder."""
    return subprocess.run(
        [sys.executable, "-m", "barograph", "audit-verify", *arguments],
        cwd=PROJECT,
        env={
            **os.environ,
            "BAROGRAPH_DATABASE_URL": database_url,
            "BAROGRAPH_DATA_DIR": str(data_dir),
        },
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_command_says_whether_it_holds(database_url: str, tmp_path: Path) -> None:
    links = sealed(database_url, [3, 1])
    done = audit_verify(database_url, tmp_path, "--head", str(links[0]))
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"The audit trail holds: 4 entries sealed, 0 to be sealed. Its head is {links[1]}\n"
    tamper(database_url, "update audit_entry set actor = 'eve' where id = 4")
    done = audit_verify(database_url, tmp_path, "--head", f"9:{'00' * 32}")
    assert done.returncode == 1
    assert "does not hold" in done.stdout
    assert done.stderr.splitlines() == [
        "an entry of seal 2 was altered",
        f"the seal 9:{'00' * 32} is not in the chain",
    ]


KEY = b"a key that the database does not hold"


def signed(database_url: str, batches: Sequence[int]) -> None:
    for count in batches:
        write(database_url, count)
        assert seal(database_url, KEY) is not None


def test_a_chain_of_an_earlier_release_goes_on_under_the_key(database_url: str) -> None:
    sealed(database_url, [2, 1])
    signed(database_url, [3, 1])
    assert verify(database_url, key=KEY).faults == []
    assert verify(database_url).faults == []
    assert len(verify(database_url, key=b"another key").faults) == 2


@pytest.mark.parametrize("forgery", ["kept", "removed"])
def test_who_seals_again_without_the_key_is_found_out(database_url: str, forgery: str) -> None:
    sealed(database_url, [2])
    signed(database_url, [3, 1])
    with psycopg.connect(database_url) as connection:
        connection.execute(AS_IF_UNGUARDED)
        connection.execute("update audit_entry set actor = 'somebody else' where id = 2")
        connection.execute("insert into audit_unsealed select id from audit_entry")
        connection.execute("create temp table macs as select * from audit_signature")
        connection.execute("delete from audit_signature")
        connection.execute("delete from audit_seal")
        if forgery == "kept":
            connection.execute("insert into audit_signature select * from macs")
    assert seal(database_url) is not None
    assert verify(database_url).faults == []
    assert verify(database_url, key=KEY).faults != []


def test_pruning_takes_signatures_along(database_url: str) -> None:
    signed(database_url, [2, 1])
    age(database_url, [1])
    with psycopg.connect(database_url, autocommit=True) as connection:
        rows = connection.execute("select number, encode(hash, 'hex') from audit_seal").fetchall()
        connection.execute("delete from audit_signature")
        for number, digest in rows:
            mac = sign(KEY, number, digest)
            connection.execute("insert into audit_signature values (%s, %s)", (number, mac))
        assert prune(database_url, 365) == 2
        assert connection.execute("select number from audit_signature").fetchall() == [(2,)]
    seal(database_url, KEY)
    assert verify(database_url, key=KEY).faults == []


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert load_audit_key(settings) == load_audit_key(settings)
    assert audit_key_file(tmp_path).stat().st_mode & 0o777 == 0o600
