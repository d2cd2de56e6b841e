"""A backfill in the browser: planned over a plot, tried, applied, taken back. The API says what is stored."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.portal.conftest import OpenTab
from tests.portal.pages.bench import BenchSensor, make_bench_sensor
from tests.portal.rig import PortalRig
from tests.programs import running

WORK_MS = 60_000


@pytest.fixture
def bench(rig: PortalRig, request: pytest.FixtureRequest) -> BenchSensor:
    return make_bench_sensor(rig, f"bench/{request.node.name}")


@contextmanager
def working(rig: PortalRig, redis_url: str, folder: Path) -> Generator[None]:
    """While the block lasts, a worker does what is asked for."""
    environment = {"BAROGRAPH_REDIS_URL": redis_url}
    with running("backfill", rig.server.database_url, folder / "worker.log", environment):
        yield


def test_from_a_plan_over_a_plot_to_its_undo(
    open_tab: OpenTab, rig: PortalRig, bench: BenchSensor, redis_url: str, tmp_path: Path
) -> None:
    version = bench.add_version(3, -0.5)
    before = bench.stored()
    page = open_tab("editor").open(_plan_of(bench))
    _drag_over_plot(page, 0.3, 0.7)
    from_, to = _chosen_period(page)
    page.get_by_label("By", exact=True).select_option(version)
    page.get_by_label("Reason").fill("Certificate 2")
    with working(rig, redis_url, tmp_path):
        page.get_by_role("button", name="Dry run").click()
        _wait_for(page, "finished")
        changed = [each for each in before if from_ <= _seconds(each["time"]) < to]
        assert 100 < len(changed) < len(before)
        changes: list[float] = [each["raw"] - 1.5 for each in changed]
        told = _effect_row(page, bench.key)
        assert int(told[1]) == int(told[2]) == len(changed)
        mean, largest = (_number_of(text, "N.m") for text in told[3:5])
        assert mean == pytest.approx(sum(changes) / len(changes), rel=1e-3)
        assert largest == pytest.approx(max(abs(each) for each in changes), rel=1e-3)
        expect(page.get_by_role("application", name="New less old")).to_be_visible()
        assert bench.stored() == before
        page.get_by_role("button", name="Apply it").click()
        page.wait_for_url(re.compile(f"/backfills/(?!{page.url.rpartition('/')[2]})"))
        # The page of the dry run has said "finished" before.
        expect(page.get_by_role("button", name="Undo")).to_be_visible(timeout=WORK_MS)
        _wait_for(page, "finished")
        for then, now in zip(before, bench.stored(), strict=True):
            is_in = from_ <= _seconds(now["time"]) < to
            assert now["raw"] == then["raw"]
            assert now["physical"] == (3 * now["raw"] - 0.5 if is_in else then["physical"])
            assert now["profile_id"] == (version if is_in else then["profile_id"])
        page.get_by_role("button", name="Undo").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text(f"{len(changed)} readings of one sensor")
        dialog.get_by_role("button", name="Undo").click()
        _wait_for(page, "undone")
    assert bench.stored() == before
    pieces = rig.people["owner"].read(f"/sensors/{bench.id}/timeline")["items"]
    assert [piece["profile_id"] for piece in pieces] == [bench.version_id]


def test_one_that_overlaps_is_named_with_a_link(
    open_tab: OpenTab, rig: PortalRig, bench: BenchSensor
) -> None:
    body = {"reason": "First", "sensors": [bench.id]}
    other = rig.people["owner"].made(f"/projects/{rig.project_id}/backfills", body)["id"]
    page = open_tab("editor").open(_plan_of(bench))
    page.get_by_label("Reason").fill("Second")
    page.get_by_role("button", name="Start it at once").click()
    link = page.get_by_role("alert").get_by_role("link", name=other)
    expect(link).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("Second")
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("First")
    for press, status in (("Pause", "paused"), ("Go on", "planned"), ("Cancel", "cancelled")):
        page.get_by_role("button", name=press).click()
        expect(page.locator("main .badge").get_by_text(status, exact=True)).to_be_visible()


@pytest.mark.nightly
def test_what_has_not_changed_is_not_sent_again(
    open_tab: OpenTab, rig: PortalRig, bench: BenchSensor
) -> None:
    body = {"reason": "Waits", "sensors": [bench.id]}
    made = rig.people["owner"].made(f"/projects/{rig.project_id}/backfills", body)["id"]
    page = open_tab("viewer").open("/backfills")
    with page.expect_response(lambda answer: answer.status == 304 and "/backfills" in answer.url):
        expect(page.get_by_role("link", name="Waits")).to_be_visible()
    rig.people["owner"].made(f"/backfills/{made}:cancel")
    expect(page.get_by_role("row").filter(has_text="Waits").get_by_text("cancelled")).to_be_visible()


def test_a_plan_by_words_says_what_can_not_be_read(
    open_tab: OpenTab, rig: PortalRig, bench: BenchSensor
) -> None:
    page = open_tab("editor").open(f"/backfills/new?s={bench.id}&run={rig.run_id}")
    expect(page.get_by_label("Run", exact=True)).to_have_value("Valve 3, slow opening")
    page.get_by_label("Period").fill("some time ago")
    expect(page.get_by_text("The period can't be read")).to_be_visible()
    expect(page.get_by_role("button", name="Dry run")).to_have_attribute("aria-disabled", "true")
    page.get_by_label("Period").fill("from 2026-01-05 06:07")
    expect(page.get_by_role("button", name="Dry run")).not_to_have_attribute("aria-disabled", "true")


def _plan_of(bench: BenchSensor) -> str:
    """With the whole of its readings in sight."""
    from_, to = (datetime.fromtimestamp(t, UTC).isoformat() for t in (bench.first_s, bench.last_s))
    query = f"s={bench.id}&from={from_}&to={to}".replace("+00:00", "Z")
    return f"/backfills/new?{query}"


def _drag_over_plot(page: Page, start: float, end: float) -> None:
    """From and to shares of the plot's width."""
    over = page.locator("main .u-over").first
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * start, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * (start + end) / 2, y)
    page.mouse.move(box["x"] + box["width"] * end, y)
    page.mouse.up()


def _chosen_period(page: Page) -> tuple[float, float]:
    """As the form has it, in seconds."""
    from_, _, to = page.get_by_label("Period").input_value().partition(" to ")
    return _seconds(f"{from_}Z"), _seconds(f"{to}Z")


def _wait_for(page: Page, status: str) -> None:
    badge = page.locator("main .badge").get_by_text(status, exact=True)
    expect(badge).to_be_visible(timeout=WORK_MS)


def _effect_row(page: Page, key: str) -> list[str]:
    row = page.get_by_label("Table: Change by sensor").locator("tbody tr", has_text=key)
    row.wait_for()
    return [re.sub(r"[\s,]", "", text) for text in row.locator("td, th").all_inner_texts()]


def _number_of(text: str, unit: str) -> float:
    assert text.endswith(unit)
    return float(text.removesuffix(unit).replace("\u2212", "-"))


def _seconds(text: Any) -> float:  # noqa: ANN401  # a field of an answer
    return datetime.fromisoformat(str(text)).timestamp()
