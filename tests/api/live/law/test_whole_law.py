"""The whole law of live pictures: after each message, a client holds what was stored at its position.

Live, late and historical frames, imports, dead letters that are replayed, recalibrations and their undoing,
while ingest, the API, the worker and the database are killed, and connections are cut.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from barograph.times import SECOND_US, now_us
from tests.api.live.law.ledger import ReadingLedger
from tests.api.live.law.stage import Stage, StageWitness, lose_connections, stage, trouble
from tests.api.live.law.truth import broken
from tests.api.live.law.witnesses import (
    EventsWitness,
    Pace,
    Witness,
    WitnessedWatch,
    by_little,
    slowly,
)
from tests.servers.postgres import own_postgres

BUSY_US = 4 * SECOND_US


def clients(
    first: str, second: str, headers: dict[str, str], sensors: Sequence[str]
) -> Sequence[StageWitness]:
    """Of the process that is killed, and of one that is not."""
    standing = WitnessedWatch("physical", 200, None, now_us() - 40 * SECOND_US)
    moving = WitnessedWatch("physical", 60, BUSY_US)
    raw = WitnessedWatch("raw", 4000, BUSY_US)

    def witness(name: str, url: str, pace: Pace, *watches: WitnessedWatch) -> Witness:
        return Witness(name, url, headers, sensors, watches, pace)

    return [
        witness("every tick", first, Pace(), moving, raw, standing),
        witness("every seventh tick", first, Pace(slowly), moving),
        witness("10 kB a second", first, Pace(by_little), moving, raw),
        witness("cut and resumed", first, Pace(stays_s=1.1), moving, standing),
        witness("of the second process", second, Pace(), moving, standing),
        EventsWitness("events", first, headers, sensors, moving),
    ]


def check(stage: Stage, min_records: int) -> None:
    records = stage.records
    ledger = ReadingLedger.load(stage.database_url)
    found = broken(ledger, stage.project.sensor_ids, records)
    assert not found, f"{len(found)} of {len(records)}: {found[:5]}"
    assert len(records) >= min_records
    assert (ledger.columns["change"] < 0).any(), "nothing was rewritten"
    silent = [witness.name for witness in stage.witnesses if len(witness.records) < 5]
    assert not silent


def test_the_law_holds_whatever_is_killed(database_url: str, redis_url: str, tmp_path: Path) -> None:
    """The short form: some of each. The database loses its connections, in place of its life."""
    with stage(database_url, redis_url, tmp_path, clients) as all_of_it:
        asker = all_of_it.asker
        time.sleep(1)
        backfill = asker.recalibrate(all_of_it.sensors[0])
        imported = asker.import_some(all_of_it.project.keys)
        all_of_it.restart("api", "backfill")
        assert asker.replay_some(all_of_it.sensors[1]) > 0
        asker.wait_for(backfill, "finished")
        asker.undo(backfill)
        lose_connections(database_url)
        assert all_of_it.cut() >= 2
        asker.wait_for(backfill, "undone")
        asker.wait_for_import(imported)
        time.sleep(1)
    check(all_of_it, 150)


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_the_law_holds_at_a_thousand_positions(
    redis_url: str, tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    with own_postgres(tmp_path, executables, account) as postgres:
        with stage(postgres.url, redis_url, tmp_path, clients) as all_of_it:
            replayed, began_s = 0, time.monotonic()
            while len(all_of_it.records) < 1000 or time.monotonic() - began_s < 60:
                replayed += trouble(all_of_it, postgres)
        check(all_of_it, 1000)
        assert replayed > 0
