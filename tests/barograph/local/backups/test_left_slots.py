"""A slot for backups that is left on a machine which follows another by now keeps no WAL."""

from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from barograph.database.queries import query
from barograph.local.backups.keeping.left_slots import drop_left_slots
from barograph.local.backups.keeping.source import STREAM_SLOT
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.examples import in_its_turn
from tests.ingest.database import ask
from tests.servers.postgres import own_postgres
from tests.servers.standby import following_standby


@in_its_turn(1, 2)
def test_a_slot_on_a_standby_is_dropped_and_the_primarys_stays(
    tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    tmp_path.chmod(0o755)
    with (
        own_postgres(tmp_path, executables, account) as primary,
        following_standby(primary, tmp_path, executables, account) as standby,
    ):
        for url in (primary.url, standby.url):
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(query("backup.make_slot"), {"slot": STREAM_SLOT})
        place = urlsplit(standby.url)
        both = urlsplit(primary.url)
        url = both._replace(
            netloc=f"{both.netloc},127.0.0.1:{place.port},127.0.0.1:1",
            query="target_session_attrs=read-write",
        ).geturl()
        assert drop_left_slots(primary.url) == []
        assert drop_left_slots(url) == [f"127.0.0.1:{place.port}"]
        assert drop_left_slots(url) == []
        assert [slots(each.url) for each in (primary, standby)] == [[(STREAM_SLOT,)], []]


def slots(url: str) -> list[tuple[object, ...]]:
    return ask(url, "select slot_name from pg_replication_slots")
