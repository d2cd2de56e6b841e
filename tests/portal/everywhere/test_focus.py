"""The keyboard goes on where it was: after a dialog, a menu, and what has left the page."""

import re

from playwright.sync_api import Page, expect

from tests.portal.conftest import OpenTab
from tests.portal.rig import PortalRig

IS_SOMEWHERE = "() => document.activeElement !== document.body"


def test_a_dialog_gives_the_focus_back_however_it_is_closed(open_tab: OpenTab) -> None:
    page = open_tab("editor").open("/sensors")
    opener = page.get_by_role("button", name="New sensor")
    for close in ("Escape", "Cancel"):
        opener.press("Enter")
        expect(page.get_by_label("Key", exact=True)).to_be_focused()
        if close == "Cancel":
            page.get_by_role("dialog").get_by_role("button", name="Cancel").press("Enter")
        else:
            page.keyboard.press(close)
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(opener).to_be_focused()


def test_so_does_the_second_of_two(open_tab: OpenTab) -> None:
    page = open_tab("editor").open("/project?tab=tokens")
    opener = page.get_by_role("button", name="New token")
    opener.press("Enter")
    page.get_by_label("Name", exact=True).fill("focus")
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="The token").get_by_role("button", name="I have it").press("Enter")
    expect(opener).to_be_focused()


def test_so_does_one_that_a_menu_opened(open_tab: OpenTab) -> None:
    page = open_tab("viewer").open("/explore?s={sensor}&live=5m")
    menu = page.locator("summary").filter(has_text="Export")
    menu.press("Enter")
    page.get_by_role("button", name="Every reading…").press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()


def test_it_goes_on_beside_what_has_left_the_page(open_tab: OpenTab, rig: PortalRig) -> None:
    owner = rig.people["owner"]
    for text in ("goes", "stays"):
        owner.made(f"/projects/{rig.project_id}/annotations", {"from": "now", "text": f"the one that {text}"})
    page = open_tab("owner").open("/annotations")
    for text in ("goes", "stays"):
        _delete_by_keys(page, f"the one that {text}")
        page.wait_for_function(IS_SOMEWHERE)
    expect(page.locator("main:focus, main :focus")).to_have_count(1)


def _delete_by_keys(page: Page, text: str) -> None:
    row = page.get_by_role("row").filter(has_text=text)
    row.get_by_role("button", name="Delete").press("Enter")
    asked = page.get_by_role("dialog", name=re.compile("Delete"))
    asked.get_by_role("button", name="Delete", exact=True).press("Enter")
    expect(row).to_have_count(0)
