"""Files of history in the browser: sent over cuts, looked at, read in, with what can't be read listed."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api.server import PASSWORD, SIGNING_KEY
from tests.files.signal_files import START, write_mdf
from tests.portal.conftest import OpenTab
from tests.portal.pages.bench import BenchSensor, make_bench_sensor
from tests.portal.rig import PortalRig
from tests.programs import running

PIECE_BYTES = 2 * 2**20
WORK_MS = 60_000
BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def bench(rig: PortalRig, request: pytest.FixtureRequest) -> BenchSensor:
    return make_bench_sensor(rig, f"imported/{request.node.name}")


def test_a_piece_whose_answer_is_lost_is_sent_once(
    open_tab: OpenTab, rig: PortalRig, bench: BenchSensor, tmp_path: Path
) -> None:
    file = _long_file(tmp_path, bench)
    tab = open_tab("editor")
    offsets: list[str] = []

    def cut(route: Route) -> None:
        offsets.append(_offset_of(route))
        if len(offsets) > 1:
            return route.continue_()
        route.fetch()
        return route.abort("connectionreset")

    tab.context.route("**/content?offset=*", cut)
    page = tab.open("/imports")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_role("heading", name="How it is read")).to_be_visible()
    assert offsets == ["0", str(PIECE_BYTES)]
    assert _stored(page, rig.data_dir) == file.read_bytes()


@pytest.mark.nightly
def test_a_file_is_sent_whole_though_the_api_is_killed(
    open_tab: OpenTab, rig: PortalRig, bench: BenchSensor, portal_dist: Path, tmp_path: Path
) -> None:
    file = _long_file(tmp_path, bench)
    environment = {
        "BAROGRAPH_SIGNING_KEY": SIGNING_KEY,
        "BAROGRAPH_PORTAL_DIST": str(portal_dist),
        "BAROGRAPH_DATA_DIR": str(tmp_path),
    }
    tab = open_tab()
    with running("api", rig.server.database_url, tmp_path / "api.log", environment) as api:
        _log_in(tab.page, api.url, rig.people["editor"].email)
        offsets: list[str] = []

        def kill(route: Route) -> None:
            offsets.append(_offset_of(route))
            if len(offsets) == 2:
                api.kill()
            route.continue_()

        tab.context.route("**/content?offset=*", kill)
        tab.page.goto(f"{api.url}/imports")
        tab.page.locator("input[type=file]").set_input_files(file)
        # The list beside it says so too, when its turn comes.
        expect(tab.page.get_by_role("alert").first).to_contain_text("can't be reached")
        api.start()
        expect(tab.page.get_by_role("heading", name="How it is read")).to_be_visible(timeout=WORK_MS)
    assert offsets == ["0", str(PIECE_BYTES), str(PIECE_BYTES)]
    assert _stored(tab.page, tmp_path) == file.read_bytes()


def test_a_file_is_previewed_read_and_taken_back_and_tells_what_it_could_not_read(
    open_tab: OpenTab, rig: PortalRig, bench: BenchSensor, redis_url: str, tmp_path: Path
) -> None:
    rows = [f"{(BEGIN + timedelta(seconds=n)).isoformat()},{n / 8}" for n in range(50)]
    rows[7] = "yesterday,3"
    text = "\n".join(["time,channel 4", *rows])
    page = open_tab("editor").open("/imports")
    page.locator("input[type=file]").set_input_files(
        {"name": "rig 7.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    expect(page.get_by_text("The project has no sensor channel 4")).to_be_visible()
    page.get_by_text("Say what each column is").click()
    page.get_by_label("Sensor of channel 4").fill(bench.key)
    page.get_by_role("button", name="Preview by it").click()
    expect(page.get_by_label("Table: The first readings").locator("tbody tr").first).to_contain_text(
        bench.key
    )
    expect(page.get_by_label("Table: Rows that can't be read")).to_contain_text("yesterday")
    # The worker reads where the rig's API has put the file.
    environment = {"BAROGRAPH_REDIS_URL": redis_url, "BAROGRAPH_DATA_DIR": str(rig.data_dir)}
    with running("backfill", rig.server.database_url, tmp_path / "worker.log", environment):
        page.get_by_role("button", name="Import it").click()
        badge = page.locator("main .badge").get_by_text("finished", exact=True)
        expect(badge).to_be_visible(timeout=WORK_MS)
        expect(page.get_by_label("Table: Rows that can't be read")).to_contain_text("yesterday")
        assert _readings(rig, bench) == [n / 8 for n in range(50) if n != 7]
        page.get_by_role("button", name="Undo").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("49 readings")
        dialog.get_by_role("button", name="Undo").click()
        expect(page.locator("main .badge").get_by_text("undone", exact=True)).to_be_visible(timeout=WORK_MS)
        expect(page.get_by_text("49 of 49")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert _readings(rig, bench) == []


@pytest.mark.nightly
def test_signals_of_a_file_become_sensors_that_are_there_or_new(
    open_tab: OpenTab, rig: PortalRig, bench: BenchSensor, redis_url: str, tmp_path: Path
) -> None:
    write_mdf(tmp_path / "drive 12.mf4")
    page = open_tab("editor").open("/imports")
    page.locator("input[type=file]").set_input_files(tmp_path / "drive 12.mf4")
    expect(page.get_by_text("The project has no sensor p, n, T")).to_be_visible()
    page.get_by_text("Say what each column is").click()
    key = page.get_by_label("Sensor of p", exact=True)
    key.fill(bench.key[:-2])
    # What fits is offered while it is typed.
    expect(page.locator(f'datalist option[value="{bench.key}"]')).to_be_attached()
    key.fill(bench.key)
    page.get_by_label("Unit of p in the file").fill("mV")
    page.get_by_label("Read n").uncheck()
    page.get_by_label("Sensor of T", exact=True).fill(f"{bench.key}/new")
    page.get_by_role("button", name="Preview by it").click()
    expect(page.get_by_text(f"The project has no sensor {bench.key}/new")).to_be_visible()
    named = page.get_by_label("Table: Sensors that its rows name")
    expect(named.locator("tbody tr").nth(0)).to_contain_text("there")
    expect(named.get_by_label("Read n")).not_to_be_checked()
    expect(named.locator("tbody tr").nth(2)).to_contain_text("new")
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/import.png", full_page=True)
        page.set_viewport_size({"width": 360, "height": 740})
        page.screenshot(path=f"{folder}/import-360.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_label("Make it first").check()
    environment = {"BAROGRAPH_REDIS_URL": redis_url, "BAROGRAPH_DATA_DIR": str(rig.data_dir)}
    with running("backfill", rig.server.database_url, tmp_path / "worker.log", environment):
        page.get_by_role("button", name="Import it").click()
        badge = page.locator("main .badge").get_by_text("finished", exact=True)
        expect(badge).to_be_visible(timeout=WORK_MS)
    assert _readings(rig, bench, START) == [pytest.approx(n * 0.0015) for n in range(5)]
    owner = rig.people["owner"]
    [made] = owner.read(f"/projects/{rig.project_id}/sensors", q=f"{bench.key}/new")["items"]
    assert made["input_unit"] == "degC"
    every = owner.read(f"/projects/{rig.project_id}/sensors", limit=500)["items"]
    assert not {"n", "p", "T"} & {each["key"] for each in every}


def _readings(rig: PortalRig, bench: BenchSensor, begin: datetime = BEGIN) -> list[float]:
    """What is stored of the minute that the file is of."""
    answer = rig.people["owner"].read(
        f"/sensors/{bench.id}/readings",
        **{"from": begin.isoformat(), "to": (begin + timedelta(minutes=1)).isoformat(), "limit": 100},
    )
    return [each["raw"] for each in answer["items"]]


def _long_file(folder: Path, bench: BenchSensor) -> Path:
    """A little more than a piece."""
    file = folder / "long.csv"
    row = f"{bench.key},{BEGIN.isoformat()},1.5\n".encode()
    file.write_bytes(b"sensor,time,value\n" + row * ((PIECE_BYTES + 100_000) // len(row)))
    return file


def _offset_of(route: Route) -> str:
    return route.request.url.rpartition("=")[2]


def _stored(page: Page, data_dir: Path) -> bytes:
    """The file of the import that the page shows, as the API has it."""
    [path] = data_dir.rglob(f"*{page.url.rpartition('/')[2]}*")
    return path.read_bytes()


def _log_in(page: Page, url: str, email: str) -> None:
    body = {"email": email, "password": PASSWORD}
    answer = page.request.post(f"{url}/session", data=body, headers={"Origin": url})
    assert answer.ok, answer.text()
