"""The law of live pictures, checked through the page: after each message, it holds what was stored then."""

import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from barograph.times import format_us, now_us
from tests.api.live.law.ledger import ReadingLedger
from tests.api.live.law.stage import Stage, StageWitness, lose_connections, stage, trouble
from tests.api.server import PASSWORD
from tests.portal.plots.law import broken_records, install_witness, take_records
from tests.servers.postgres import own_postgres

# The first is drawn in samples, the second in buckets.
WINDOWS = ("5s", "60s")
MIN_MS = 100
# Of the short form, and of the long one: as many as there is time for.
CHECKS = 12
MANY_CHECKS, MANY_CHECKS_S, MIN_CHECKS = 1000, 600, 200


def nobody(*_: object) -> Sequence[StageWitness]:
    """Only pages watch here."""
    return ()


class PageWitness:
    """Two pages, and what they have held."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._pages = pages
        self.records: list[list[dict[str, Any]]] = [[] for _ in pages]

    def note(self) -> int:
        """Takes what they held until now; how many records there are."""
        for page, records in zip(self._pages, self.records, strict=True):
            records.extend(take_records(page))
        return sum(map(len, self.records))


@contextmanager
def watching_pages(browser: Browser, on_stage: Stage) -> Generator[PageWitness]:
    """Live, in two windows of a browser, through a proxy that cuts."""
    fill_a_minute(on_stage)
    url = on_stage.proxies[1].url
    with browser.new_context() as context:
        install_witness(context, MIN_MS)
        body = {"email": on_stage.owner.email, "password": PASSWORD}
        answer = context.request.post(f"{url}/session", data=body, headers={"Origin": url})
        assert answer.ok, answer.text()
        sensors = "&".join(f"s={sensor}" for sensor in on_stage.sensors)
        pages = [context.new_page() for _ in WINDOWS]
        for page, window in zip(pages, WINDOWS, strict=True):
            page.goto(f"{url}/live?{sensors}&live={window}")
        witness = PageWitness(pages)
        until_each_has_more(witness, 1)
        yield witness


def fill_a_minute(on_stage: Stage) -> None:
    """So many readings that a minute is drawn in buckets from the beginning."""
    end_us = now_us()
    lines = [
        f"{key},{format_us(end_us - 10_000 * number)},{number % 7}"
        for key in on_stage.project.keys
        for number in range(5_000)
    ]
    answer = httpx.post(
        f"{on_stage.programs['ingest'].url}/ingest/v1/readings",
        content="\n".join(["sensor,time,value", *lines]),
        headers={**on_stage.project.headers, "Content-Type": "text/csv"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text


def check(on_stage: Stage, witness: PageWitness, min_records: int) -> None:
    ledger = ReadingLedger.load(on_stage.database_url)
    numbers = dict(zip(on_stage.sensors, on_stage.project.sensor_ids, strict=True))
    records = [record for each in witness.records for record in each]
    found = broken_records(ledger, numbers, "physical", records)
    assert not found, f"{len(found)} of {len(records)}: {found[:5]}"
    assert [len(each) > min_records // 4 for each in witness.records] == [True, True]
    assert len(records) >= min_records
    assert {record["kind"] for record in records} == {"samples", "buckets"}
    assert (ledger.columns["change"] < 0).any(), "nothing was rewritten"


def test_a_page_holds_what_is_stored_whatever_is_killed(
    browser: Browser, database_url: str, redis_url: str, portal_dist: Path, tmp_path: Path
) -> None:
    """The short form: some of each. The database loses its connections, in place of its life."""
    settings = {"BAROGRAPH_PORTAL_DIST": str(portal_dist)}
    with ExitStack() as stack:
        on_stage = stack.enter_context(stage(database_url, redis_url, tmp_path, nobody, settings))
        witness = stack.enter_context(watching_pages(browser, on_stage))
        asker = on_stage.asker
        backfill = asker.recalibrate(on_stage.sensors[0])
        asker.wait_for(backfill, "finished")
        on_stage.restart("api")
        on_stage.cut()
        asker.undo(backfill)
        assert asker.replay_some(on_stage.sensors[1]) > 0
        lose_connections(database_url)
        asker.wait_for(backfill, "undone")
        # Whatever they lost, they go on by themselves.
        until_each_has_more(witness)
        while witness.note() < CHECKS or min(map(len, witness.records)) <= CHECKS // 4:
            until_each_has_more(witness, 1)
    check(on_stage, witness, CHECKS)


def until_each_has_more(witness: PageWitness, more: int = 5, patience_s: float = 60) -> None:
    witness.note()
    before, end_s = [len(each) for each in witness.records], time.monotonic() + patience_s
    while any(len(each) < had + more for each, had in zip(witness.records, before, strict=True)):
        assert time.monotonic() < end_s, "a page has come to a stand"
        time.sleep(0.2)
        witness.note()


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_at_many_positions(
    browser: Browser,
    redis_url: str,
    portal_dist: Path,
    tmp_path: Path,
    executables: Executables,
    account: ServerAccount,
) -> None:
    settings = {"BAROGRAPH_PORTAL_DIST": str(portal_dist)}
    with own_postgres(tmp_path, executables, account) as postgres, ExitStack() as stack:
        on_stage = stack.enter_context(stage(postgres.url, redis_url, tmp_path, nobody, settings))
        witness = stack.enter_context(watching_pages(browser, on_stage))
        end_s = time.monotonic() + MANY_CHECKS_S
        while witness.note() < MANY_CHECKS and time.monotonic() < end_s:
            trouble(on_stage, postgres)
            until_each_has_more(witness)
        stack.close()
        check(on_stage, witness, MIN_CHECKS)
