"""A tab that was asleep for an hour: what it shows is told to be old until it is fresh."""

from collections import Counter
from urllib.parse import urlsplit

from playwright.sync_api import WebSocketRoute, expect

from tests.portal.conftest import OpenTab
from tests.portal.rig import PortalRig

HOUR = "01:00:00"


def test_a_page_says_how_old_it_is_until_it_is_fresh(open_tab: OpenTab) -> None:
    tab = open_tab("viewer")
    tab.page.clock.install()
    page = tab.open("/sensors")
    old = page.get_by_text("Shown as it was 1 h ago")
    expect(page.get_by_role("link", name="chamber/p1")).to_be_visible()
    expect(old).to_have_count(0)
    asked: Counter[str] = Counter()
    page.on("request", lambda request: asked.update([urlsplit(request.url).path]))
    tab.context.route("**/api/**", lambda route: route.abort("connectionrefused"))
    # As a lid that is closed and opened: timers that are due are late, and run once.
    page.clock.fast_forward(HOUR)
    expect(old).to_be_visible()
    expect(page.get_by_role("link", name="chamber/p1")).to_be_visible()
    assert max(asked.values(), default=0) <= 3, asked
    tab.context.unroute("**/api/**")
    expect(old).to_have_count(0)
    expect(page.get_by_role("link", name="chamber/p1")).to_be_visible()


def test_live_plots_whose_stream_died_meanwhile_say_so_and_go_on(open_tab: OpenTab, rig: PortalRig) -> None:
    tab = open_tab("viewer")
    page = tab.page
    page.clock.install()
    opened: list[WebSocketRoute] = []
    is_asleep: list[bool] = []

    def pass_on(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        opened.append(socket)
        is_first = len(opened) == 1
        # What came by the first one goes nowhere after the sleep, and nobody says that it is cut.
        server.on_message(lambda said: None if is_first and is_asleep else socket.send(said))

    page.route_web_socket("**/api/v1/live/ws", pass_on)
    with rig.sending():
        tab.open(f"/live?s={rig.sensor_ids[0]}&live=1m")
        fresh = page.get_by_text("live", exact=True)
        expect(fresh).to_be_visible()
        is_asleep.append(True)
        page.clock.fast_forward(HOUR)
        expect(page.get_by_text("behind 1 h")).to_be_visible()
        expect(fresh).to_have_count(0)
        expect(page.locator(".line-head .big")).to_contain_text("ago")
        page.clock.run_for(4000)
        expect(page.get_by_text("behind")).to_have_count(0)
        expect(fresh).to_be_visible()
    assert len(opened) == 2
