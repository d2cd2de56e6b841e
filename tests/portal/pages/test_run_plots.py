"""Of a run with many sensors some are drawn at first, and any by what they are called and tagged."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.portal.conftest import OpenTab
from tests.portal.rig import PortalRig

RACKS, CHANNELS = 7, 3
PLOTS = 6


@dataclass(frozen=True)
class WideRuns:
    """Two runs of one experiment with the same sensors, of seven racks, three channels each."""

    email: str
    project: str
    runs: list[str]


@pytest.fixture(scope="module")
def wide(rig: PortalRig) -> WideRuns:
    person = rig.server.person("wide@rig.example")
    project = person.made("/projects", {"name": "Hall 3"})["id"]
    sensors = [
        {"key": f"rack-{rack}/ch-{channel}", "output_unit": "bar", "tags": [f"channel {channel}"]}
        for rack in range(RACKS)
        for channel in range(CHANNELS)
    ]
    made = person.made(f"/projects/{project}/sensors:batch", {"sensors": sensors})["items"]
    experiment = person.made(f"/projects/{project}/experiments", {"name": "Endurance"})["id"]
    runs = [person.made(f"/experiments/{experiment}/runs", {"name": f"Night {n}"})["id"] for n in range(2)]
    for run in runs:
        for sensor in made:
            assert person.send("PUT", f"/runs/{run}/sensors/{sensor['id']}").status_code == 200
        assert person.patch(f"/runs/{run}", {"status": "running"}).status_code == 200
    return WideRuns(person.email, project, runs)


def drawn(page: Page, *keys: str) -> None:
    """Exactly these, in this order."""
    expect(page.get_by_role("region", name="What its sensors measured").locator(".line-head a")).to_have_text(
        list(keys)
    )


def test_sensors_are_chosen_by_search_tag_and_page_and_the_address_remembers(
    open_tab: OpenTab, wide: WideRuns
) -> None:
    tab = open_tab()
    tab.log_in_as(wide.email)
    page = tab.open(f"/runs/{wide.runs[0]}")
    first = [f"rack-{rack}/ch-0" for rack in range(PLOTS)]
    expect(page.get_by_text(f"{PLOTS} of {RACKS * CHANNELS}, from all over")).to_be_visible()
    expect(page.locator(".line-head a")).to_have_count(PLOTS)
    # Each of another rack.
    racks = {text.partition("/")[0] for text in page.locator(".line-head a").all_inner_texts()}
    assert len(racks) == PLOTS
    page.get_by_label("Which tag").select_option("channel 0")
    drawn(page, *first)
    expect(page.get_by_text(re.compile("^1.6 of 7, by key$"))).to_be_visible()
    page.get_by_role("button", name="The next 6").click()
    drawn(page, "rack-6/ch-0")
    expect(page).to_have_url(re.compile(r"tag=channel.0&plots=2$"))
    page.reload()
    drawn(page, "rack-6/ch-0")
    page.get_by_label("Which tag").select_option("")
    page.get_by_label("Filter by key or name").fill("rack-3/")
    drawn(page, *(f"rack-3/ch-{channel}" for channel in range(CHANNELS)))
    # The next run of the experiment begins with the same sensors.
    tab.open(f"/runs/{wide.runs[1]}")
    drawn(page, *(f"rack-3/ch-{channel}" for channel in range(CHANNELS)))
    page.get_by_label("Filter by key or name").fill("no such")
    expect(page.get_by_role("heading", name="No sensor fits")).to_be_visible()
    page.get_by_role("button", name="Some from all over").click()
    expect(page.locator(".line-head a")).to_have_count(PLOTS)
    expect(page).to_have_url(re.compile(rf"/runs/{wide.runs[1]}$"))
