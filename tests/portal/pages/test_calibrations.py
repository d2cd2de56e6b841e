"""Calibrations in the browser: of a certificate, out of a file, for a range; and what leads to history."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.portal.conftest import OpenTab
from tests.portal.pages.bench import BenchSensor, make_bench_sensor
from tests.portal.rig import PortalRig

# Of 3 x - 0.5, with residuals that are known.
CERTIFICATE = [(0, -0.4), (2, 5.4), (4, 11.6), (6, 17.4), (8, 23.6), (10, 29.4)]
A2L = """
/begin MODULE Bench "rules"
  /begin COMPU_METHOD CM.TORQUE "phys = 0.25 * int - 100" LINEAR "%6.2" "N*m" COEFFS_LINEAR 0.25 -100
  /end COMPU_METHOD
  /begin COMPU_METHOD CM.SQUARE "" RAT_FUNC "%7.1" "" COEFFS 1 0 0 0 0 1 /end COMPU_METHOD
/end MODULE
"""


@pytest.fixture
def bench(rig: PortalRig, request: pytest.FixtureRequest) -> BenchSensor:
    return make_bench_sensor(rig, f"calibrated/{request.node.name}")


def test_a_certificate_becomes_a_version_that_holds_and_leads_to_history(
    open_tab: OpenTab, rig: PortalRig, bench: BenchSensor
) -> None:
    page = open_tab("editor").open(f"/calibrations/{bench.id}")
    fit = _opened(page, "Fit it to the points of a certificate")
    fit.get_by_label("Points").fill("\n".join(f"{raw}\t{physical}" for raw, physical in CERTIFICATE))
    fit.get_by_role("button", name="Fit").click()
    expected = rig.people["editor"].made(
        "/conversion-profiles:fit", {"kind": "linear", "points": CERTIFICATE}
    )
    told = fit.get_by_text(re.compile("^Residuals: "))
    expect(told).to_contain_text(f"{expected['residual_deviation']:.6g} N.m")
    expect(fit.get_by_role("img", name=re.compile("Residuals in N.m"))).to_be_visible()
    expect(page.locator("main svg[aria-label^=Curve] circle")).to_have_count(len(CERTIFICATE))
    expect(page.get_by_role("application", name="New less old")).to_be_visible()
    assert float(page.get_by_label("Slope").input_value()) == expected["payload"]["slope"]
    page.get_by_label("Note").fill("certificate 7")
    page.get_by_role("button", name="Save version").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Always").click()
    dialog.get_by_role("button", name="Activate").click()
    status = page.get_by_role("status").filter(has_text="Version 2 holds from the beginning")
    expect(status).to_be_visible()
    last = rig.people["editor"].read(f"/sensors/{bench.id}/timeline")["items"][-1]
    assert (last["number"], last["valid_from"][:4], last["valid_to"]) == (2, "0001", None)
    expect(page.locator("tr", has_text="certificate 1")).to_contain_text("never")
    status.get_by_role("link", name="Apply it to history").click()
    page.wait_for_url(re.compile("/backfills/new"))
    expect(page.get_by_role("button", name=bench.key)).to_be_visible()
    expect(page.get_by_label("Period")).to_have_value("")


def test_a_range_that_is_dragged_over_the_lanes_is_the_one_that_holds(
    open_tab: OpenTab, rig: PortalRig, bench: BenchSensor
) -> None:
    second, _ = bench.add_version(3, 0), bench.add_version(4, 0)
    begin = datetime.fromtimestamp(bench.first_s, UTC)
    body = {"valid_from": begin.isoformat(), "valid_to": (begin + timedelta(minutes=10)).isoformat()}
    rig.people["owner"].made(f"/conversion-profiles/{second}:activate", body)
    page = open_tab("editor").open(f"/calibrations/{bench.id}")
    page.locator("tr", has_text="v3").get_by_role("button", name="Activate").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="v2").click()
    expect(dialog.get_by_label("Until")).to_have_value((begin + timedelta(minutes=10)).strftime("%F %T"))
    _drag(page, 0.75, 0.85)
    from_, to = (dialog.get_by_label(name, exact=True).input_value() for name in ("From", "Until"))
    assert begin.strftime("%F %T") < from_ < to
    dialog.get_by_role("button", name="Activate").click()
    link = page.get_by_role("link", name="Apply it to history")
    expect(link).to_be_visible()
    pieces = rig.people["owner"].read(f"/sensors/{bench.id}/timeline")["items"]
    held = [(piece["valid_from"], piece["valid_to"]) for piece in pieces if piece["number"] == 3]
    assert held == [(_answered(from_), _answered(to))]
    link.click()
    expect(page.get_by_label("Period")).to_have_value(f"{from_} to {to}")


def test_a_rule_of_a_file_becomes_a_version(open_tab: OpenTab, rig: PortalRig, bench: BenchSensor) -> None:
    page = open_tab("editor").open(f"/calibrations/{bench.id}")
    taken = _opened(page, "Take it out of a file")
    taken.get_by_label("File").set_input_files(
        {"name": "bench.a2l", "mimeType": "text/plain", "buffer": A2L.encode()}
    )
    expect(taken.get_by_text("One rule; 1 more that no kind expresses")).to_be_visible()
    taken.get_by_role("button", name="Begin from CM.TORQUE").click()
    expect(page.get_by_label("Slope")).to_have_value("0.25")
    expect(page.get_by_label("Note")).to_have_value("CM.TORQUE of bench.a2l")
    page.get_by_role("button", name="Save version").click()
    expect(page.get_by_role("dialog")).to_contain_text("Activate version 2")
    newest = rig.people["editor"].read(f"/sensors/{bench.id}/conversion-profiles")["items"][0]
    assert json.loads(json.dumps(newest["payload"]))["offset"] == -100


def test_what_is_wrong_with_a_number_stands_at_its_field(open_tab: OpenTab, bench: BenchSensor) -> None:
    page = open_tab("editor").open(f"/calibrations/{bench.id}")
    page.get_by_label("Slope").fill("steep")
    page.get_by_role("button", name="Save version").click()
    expect(page.get_by_label("Slope")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Slope")).to_have_value("steep")


def _opened(page: Page, summary: str) -> Locator:
    """What the summary opens."""
    page.get_by_text(summary).click()
    return page.locator("details", has=page.get_by_text(summary))


def _drag(page: Page, start: float, end: float) -> None:
    """From and to shares of the lanes' width, below what holds."""
    box = page.get_by_role("dialog").locator(".timeline").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] * 0.75
    page.mouse.move(box["x"] + box["width"] * start, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end, y)
    page.mouse.up()


def _answered(text: str) -> str:
    """As the API writes the time."""
    return datetime.fromisoformat(f"{text}+00:00").strftime("%Y-%m-%dT%H:%M:%S.%fZ")
