"""Pages on paper."""

from playwright.sync_api import expect

from tests.portal.conftest import OpenTab

# What of the page would be cut off.
HIDDEN_PX = "main => main.scrollHeight - main.clientHeight"


def test_paper_is_white_and_holds_the_whole_page(open_tab: OpenTab) -> None:
    page = open_tab("viewer", theme="dark").open("/runs/{run}")
    shown = page.locator("html")
    expect(shown).to_have_attribute("data-theme", "dark")
    page.emulate_media(media="print", color_scheme="dark")
    expect(shown).to_have_attribute("data-theme", "light")
    expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
    assert page.locator("main").evaluate(HIDDEN_PX) <= 0
    page.emulate_media(media="screen", color_scheme="dark")
    expect(shown).to_have_attribute("data-theme", "dark")


def test_a_list_has_the_whole_width_of_paper(open_tab: OpenTab) -> None:
    page = open_tab("viewer").open("/runs")
    page.emulate_media(media="print")
    paper, rows = page.locator("main").bounding_box(), page.get_by_role("grid", name="Runs").bounding_box()
    assert paper is not None
    assert rows is not None
    assert rows["width"] > 0.95 * paper["width"]
