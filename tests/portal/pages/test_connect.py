"""Connecting a gateway: from nothing to a plot of what it sends, by the programs that the page writes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.portal.conftest import OpenTab
from tests.portal.rig import PortalRig
from tests.programs import ROOT


@pytest.mark.parametrize("program", ["Python", "curl"])
def test_the_program_that_is_shown_brings_the_first_reading(
    open_tab: OpenTab, rig: PortalRig, program: str, tmp_path: Path
) -> None:
    key = f"connected/{program.lower()}"
    page = open_tab("editor").open("/gateways/connect")
    page.get_by_label("New sensors").fill(f"{key}, V, bar")
    page.get_by_role("button", name="Make the sensor").click()
    page.get_by_label("Name of the gateway").fill(f"bench/{program}")
    page.get_by_role("button", name="Make a token").click()
    expect(page.get_by_text("The token is shown only now")).to_be_visible()
    expect(page.get_by_label("Where gateways send")).to_have_value(rig.gateway_url)
    expect(page.get_by_text("Waiting for the first reading…")).to_be_visible()
    page.get_by_role("button", name=program, exact=True).click()
    text = page.locator("main pre").inner_text()
    sender = _python(text, tmp_path) if program == "Python" else _shell(text)
    try:
        expect(page.get_by_text(f"Readings arrive of {key}.")).to_be_visible()
        expect(page.locator("main canvas").first).to_be_visible()
        expect(page.locator("main .line-head")).to_contain_text("raw values: no calibration holds")
    finally:
        sender.kill()
        sender.wait()
    page.get_by_role("link", name="See it move").click()
    page.wait_for_url(re.compile(r"/live\?s="))
    if program == "Python":
        # A second one of the same name would end the first.
        page.goto(rig.address("/gateways/connect"))
        page.get_by_label("Name of the gateway").fill(f"bench/{program}")
        expect(page.get_by_text("One of this name has sent already")).to_be_visible()


def test_telegraf_is_told_the_address_and_the_token(open_tab: OpenTab, rig: PortalRig) -> None:
    page = open_tab("editor").open("/gateways/connect")
    page.get_by_role("button", name="Telegraf").click()
    assert f'urls = ["{rig.gateway_url}"]' in _program(page)


def _program(page: Page) -> str:
    return page.locator("main pre").inner_text()


def _python(text: str, folder: Path) -> subprocess.Popen[bytes]:
    """As on a gateway: with the client library, and nothing of ours."""
    (folder / "send.py").write_text(text)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "client")}
    return subprocess.Popen([sys.executable, "send.py"], cwd=folder, env=environment)


def _shell(text: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["/bin/sh", "-c", text], stdout=subprocess.DEVNULL)
