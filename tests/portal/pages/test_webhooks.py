"""Webhooks in the portal: made with a secret that is shown once, tested, switched off; and the bell."""

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from playwright.sync_api import expect

from tests.portal.conftest import OpenTab
from tests.portal.everywhere.test_places import NARROW, WIDE, look
from tests.portal.rig import PortalRig


def test_an_owner_makes_a_webhook_and_tests_it(open_tab: OpenTab) -> None:
    page = open_tab("owner").open("/project?tab=webhooks")
    page.get_by_role("button", name="New webhook").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Address").fill("https://user@ci.example.org/")
    dialog.get_by_role("button", name="Make webhook").click()
    expect(dialog.locator(".fault").filter(has_text="messages are signed instead")).to_be_visible()
    dialog.get_by_label("Address").fill("https://ci.example.org/hook")
    dialog.get_by_label("Events").fill("run.*, alarm.raised")
    dialog.get_by_role("button", name="Make webhook").click()
    expect(page.get_by_role("dialog").get_by_text("whsec_")).to_be_visible()
    page.get_by_role("button", name="I have it").click()
    row = page.get_by_role("row").filter(has_text="https://ci.example.org/hook")
    expect(row.get_by_text("on", exact=True)).to_be_visible()
    row.get_by_role("button", name="Open").click()
    log = page.get_by_role("dialog")
    log.get_by_role("button", name="Send a test").click()
    expect(log.get_by_text("webhook.tested")).to_be_visible()
    log.get_by_role("button", name="Repeat").first.click()
    expect(log.get_by_role("button", name="Repeat")).to_have_count(2)
    log.get_by_role("button", name="Details").first.click()
    message = page.get_by_role("dialog", name="webhook.tested")
    expect(message.get_by_text("Next attempt")).to_be_visible()
    look(page, "the message's dialog", [(WIDE, "dark"), (NARROW, "light")])
    message.get_by_role("button", name="Send it again").click()
    expect(log.get_by_role("button", name="Repeat")).to_have_count(3)
    log.get_by_role("button", name="Change").click()
    changing = page.get_by_role("dialog", name="Change the webhook")
    changing.get_by_label("Description").fill("the nightly analysis")
    changing.get_by_label("Events").fill("artifact.*")
    changing.get_by_role("button", name="Save").click()
    expect(log.get_by_text("the nightly analysis")).to_be_visible()
    expect(log.get_by_text("artifact.*", exact=True)).to_be_visible()
    log.get_by_role("button", name="Switch off").click()
    expect(log.get_by_role("button", name="Switch on")).to_be_visible()
    log.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No webhooks yet")).to_be_visible()


def test_a_new_secret_leaves_the_one_before_for_as_long_as_is_said(open_tab: OpenTab, rig: PortalRig) -> None:
    owner = rig.people["owner"]
    made = owner.made(f"/projects/{rig.project_id}/webhooks", {"url": "https://rotated.example.org/hook"})
    page = open_tab("owner").open("/project?tab=webhooks")
    page.get_by_role("row").filter(has_text="rotated.example.org").get_by_role("button", name="Open").click()
    page.get_by_role("button", name="New secret").click()
    asking = page.get_by_role("dialog", name="A new secret for the webhook")
    asking.get_by_label("The secret before signs, too, for").select_option(label="a week")
    asking.get_by_role("button", name="Make secret").click()
    expect(page.get_by_role("dialog").get_by_text("whsec_")).to_be_visible()
    page.get_by_role("button", name="I have it").click()
    until = datetime.fromisoformat(owner.read(f"/webhooks/{made['id']}")["former_secret_until"])
    assert timedelta(days=6) < until - datetime.now(UTC) <= timedelta(days=7)
    page.get_by_role("row").filter(has_text="rotated.example.org").get_by_role("button", name="Open").click()
    expect(page.get_by_text("Secret before signs until")).to_be_visible()
    owner.delete(f"/webhooks/{made['id']}")


@pytest.mark.nightly
def test_the_bell_tells_of_alarms_wherever_one_is(open_tab: OpenTab, rig: PortalRig) -> None:
    page = open_tab("viewer").open("/runs")
    with psycopg.connect(rig.server.database_url) as connection:
        connection.execute(
            "insert into event (project_id, kind, payload) select id, 'alarm.raised', %s from project"
            " where public_id = %s",
            (json.dumps({"sensor": "bell rings", "level": "critical"}), rig.project_id),
        )
    expect(page.locator(".toasts").get_by_text("Alarm: bell rings")).to_be_visible(timeout=60_000)
    page.locator(".bell summary").click()
    expect(page.locator(".bell .sheet").get_by_text("Alarm: bell rings")).to_be_visible()
    expect(page.locator(".bell .count")).to_have_count(0)
