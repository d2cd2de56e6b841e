"""Files of runs in the browser: sent over cuts and reloads, seen, judged; hostile ones harmless."""

import hashlib
from pathlib import Path

from playwright.sync_api import Browser, Route, expect

from tests.api.server import PASSWORD, PREFIX
from tests.portal.conftest import OpenTab
from tests.portal.rig import PortalRig
from tests.portal.test_places import NARROW, WIDE, look

PIECE_BYTES = 4 * 2**20
CONTENT = bytes(range(256)) * (5 * 2**20 // 256)


def new_run(rig: PortalRig, name: str) -> str:
    return rig.people["owner"].made(f"/experiments/{rig.experiment_id}/runs", {"name": name})["id"]


def test_a_file_is_sent_over_a_cut_seen_approved_and_deleted_with_a_word(
    open_tab: OpenTab, rig: PortalRig, tmp_path: Path
) -> None:
    run = new_run(rig, "a run with files")
    log, table = tmp_path / "long.bin", tmp_path / "table.csv"
    log.write_bytes(CONTENT)
    table.write_text("time,p1\n1,0.5\n2,1.5\n")
    tab = open_tab("editor")
    cuts: list[str] = []

    def cut(route: Route) -> None:
        cuts.append(route.request.url)
        if len(cuts) > 1:
            return route.continue_()
        route.fetch()
        return route.abort("connectionreset")

    tab.context.route("**/content?offset=*", cut)
    page = tab.open(f"/runs/{run}")
    page.locator(".file-drop input[type=file]").set_input_files([log, table])
    on_their_way = page.get_by_role("list", name="Files on their way")
    expect(on_their_way.get_by_text("is here")).to_have_count(2)
    # The piece whose answer was lost had come.
    assert [url.rpartition("=")[2] for url in cuts][:2] == ["0", str(PIECE_BYTES)]
    items = rig.people["owner"].read(f"/runs/{run}/artifacts")["items"]
    assert {each["name"]: each["status"] for each in items} == {"long.bin": "ready", "table.csv": "ready"}
    page.get_by_role("button", name="table.csv", exact=True).click()
    dialog = page.get_by_role("dialog", name="table.csv")
    expect(dialog.get_by_role("cell", name="0.5")).to_be_visible()
    look(page, "the file's dialog", [(WIDE, "dark"), (NARROW, "light")])
    dialog.get_by_role("button", name="Approve").click()
    expect(dialog.get_by_text("approved")).to_be_visible()
    dialog.get_by_role("button", name="Delete").click()
    asking = page.get_by_role("dialog", name="Delete table.csv")
    asking.get_by_label("Type the word delete").fill("no")
    asking.get_by_role("button", name="Delete", exact=True).click()
    expect(asking.get_by_text("Type delete to delete it")).to_be_visible()
    asking.get_by_label("Type the word delete").fill("delete")
    asking.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="table.csv")).to_have_count(0)


def test_an_upload_goes_on_after_a_reload(open_tab: OpenTab, rig: PortalRig, tmp_path: Path) -> None:
    run = new_run(rig, "a run with a reload")
    file = tmp_path / "half.bin"
    file.write_bytes(CONTENT)
    editor = rig.people["editor"]
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    body = {"name": "half.bin", "size_bytes": len(CONTENT), "sha256": sha256}
    begun = editor.made(f"/runs/{run}/artifacts", body)["id"]
    editor.client.put(f"{PREFIX}/artifacts/{begun}/content?offset=0", content=CONTENT[:PIECE_BYTES])
    tab = open_tab("editor")
    offsets: list[str] = []

    def note(route: Route) -> None:
        offsets.append(route.request.url.rpartition("=")[2])
        route.continue_()

    tab.context.route("**/content?offset=*", note)
    page = tab.open(f"/runs/{run}")
    page.locator(".file-drop input[type=file]").set_input_files(file)
    expect(page.get_by_text("is here")).to_be_visible()
    assert offsets == [str(PIECE_BYTES)]
    assert editor.read(f"/artifacts/{begun}")["status"] == "ready"


def test_a_viewer_sees_files_and_changes_none(open_tab: OpenTab, rig: PortalRig) -> None:
    run = new_run(rig, "a run to be seen")
    editor = rig.people["editor"]
    made = editor.made(f"/runs/{run}/artifacts", {"name": "seen", "url": "https://example.org/seen"})["id"]
    editor.made(f"/artifacts/{made}:approve")
    page = open_tab("viewer").open(f"/runs/{run}")
    expect(page.locator(".file-drop")).to_have_count(0)
    page.get_by_role("button", name="seen", exact=True).click()
    expect(page.get_by_role("link", name="https://example.org/seen")).to_be_visible()
    expect(page.get_by_role("button", name="Delete")).to_have_attribute("aria-disabled", "true")
    listed = open_tab("viewer").open("/files")
    expect(listed.get_by_role("button", name="seen", exact=True)).to_be_visible()


SCRIPT = "document.title = 'taken over'; localStorage.setItem('taken', 'over')"
HOSTILE = {
    "text/html": f"<!doctype html><script>{SCRIPT}</script>",
    "application/xhtml+xml": (
        f'<html xmlns="http://www.w3.org/1999/xhtml"><head><script>{SCRIPT}</script></head></html>'
    ),
    "image/svg+xml": f'<svg xmlns="http://www.w3.org/2000/svg"><script>{SCRIPT}</script></svg>',
    "text/xml": f'<x xmlns:h="http://www.w3.org/1999/xhtml"><h:script>{SCRIPT}</h:script></x>',
    "text/javascript": SCRIPT,
    "text/plain": f"<script>{SCRIPT}</script>",
    "image/png": f"<script>{SCRIPT}</script>",
}
AS_SCRIPT = """(url) => new Promise((tell) => {
    const script = document.createElement('script');
    script.src = url;
    script.onload = () => tell('ran');
    script.onerror = () => tell('refused');
    document.head.append(script);
})"""
AS_WORKER = """(url) => navigator.serviceWorker.register(url).then(() => 'ran', () => 'refused')"""


def test_hostile_files_run_nowhere_in_the_portals_origin(browser: Browser, rig: PortalRig) -> None:
    editor = rig.people["editor"]
    urls = [_filed(rig, content_type, text.encode()) for content_type, text in HOSTILE.items()]
    # The page's policy complains, as it should; so the tabs are ones that nobody listens to.
    with browser.new_context() as context:
        log_in = {"email": editor.email, "password": PASSWORD}
        context.request.post(f"{rig.server.url}/session", data=log_in, headers={"Origin": rig.server.url})
        page, opened = context.new_page(), context.new_page()
        page.goto(rig.address("/account"))
        for url in urls:
            for attempt in (AS_SCRIPT, AS_WORKER):
                assert page.evaluate(attempt, url) == "refused"
            opened.goto(rig.address("/account"))
            # What is saved is no page; what is shown is no page that runs anything.
            opened.evaluate("(url) => { location.href = url }", url)
            opened.wait_for_timeout(300)
            assert opened.title() != "taken over"
        assert page.title() != "taken over"
        assert page.evaluate("localStorage.getItem('taken')") is None


def _filed(rig: PortalRig, content_type: str, content: bytes) -> str:
    """The address of a file's content."""
    editor = rig.people["editor"]
    body = {
        "name": "hostile.html",
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content_type": content_type,
    }
    made = editor.made(f"/runs/{rig.run_id}/artifacts", body)["id"]
    path = f"{PREFIX}/artifacts/{made}/content"
    editor.client.put(f"{path}?offset=0", content=content)
    assert editor.made(f"/artifacts/{made}:complete")["status"] == "ready"
    return rig.server.url + path
