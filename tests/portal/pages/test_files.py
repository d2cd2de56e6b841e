"""Files of runs in the browser: sent over cuts and reloads, seen, judged; hostile ones harmless."""

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.api.server import PASSWORD, PREFIX
from tests.portal.conftest import OpenTab
from tests.portal.everywhere.test_places import NARROW, WIDE, look
from tests.portal.rig import PortalRig

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


PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert("ran"))>>>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 41>>stream
BT /F 18 Tf 20 40 Td (Burn 7 is well) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
"""


def test_a_pdf_is_shown_in_a_frame_where_the_browser_reads_pdfs(open_tab: OpenTab, rig: PortalRig) -> None:
    run = new_run(rig, "a run with a report")
    path = _filed(rig, "application/pdf", PDF, run, "report.pdf").removeprefix(rig.server.url)
    tab = open_tab("viewer")
    page = tab.open(f"/runs/{run}")
    page.get_by_role("button", name="report.pdf", exact=True).click()
    dialog = page.get_by_role("dialog", name="report.pdf")
    expect(dialog.get_by_role("link", name="Open the PDF in a new window")).to_have_attribute("href", path)
    # The browser of these tests has no reader, as phones have none.
    expect(dialog.locator("iframe")).to_have_count(0)
    page.add_init_script("Object.defineProperty(navigator, 'pdfViewerEnabled', { value: true })")
    # What would be read is a page here, so that the frame is seen to be allowed, and what it holds.
    policy = rig.people["editor"].client.get(path).headers["content-security-policy"]
    page.route(
        f"**{path}*",
        lambda route: route.fulfill(
            body="<p>read</p>", content_type="text/html", headers={"Content-Security-Policy": policy}
        ),
    )
    page.reload()
    page.get_by_role("button", name="report.pdf", exact=True).click()
    expect(page.frame_locator("iframe.file-pdf").get_by_text("read")).to_be_visible()


@pytest.mark.nightly
def test_the_room_for_files_is_shown_and_refuses_what_does_not_fit(
    open_tab: OpenTab, rig: PortalRig, tmp_path: Path
) -> None:
    owner = rig.people["owner"]
    run = new_run(rig, "a run in a full project")
    _filed(rig, "text/plain", bytes(20_000), run, "small.txt")
    taken = owner.read(f"/projects/{rig.project_id}/artifact-room")["kept_bytes"]
    file = tmp_path / "large.bin"
    file.write_bytes(CONTENT)
    try:
        page = open_tab("owner").open("/project")
        page.get_by_label("Files of runs may take, GB").fill(str((taken + 1000) / 1e9))
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".toasts").get_by_text("Saved")).to_be_visible()
        page = open_tab("editor").open(f"/runs/{run}")
        expect(page.get_by_text("The room for files is nearly full")).to_be_visible()
        page.locator(".file-drop input[type=file]").set_input_files(file)
        expect(page.get_by_role("alert").get_by_text("more don't fit")).to_be_visible()
        look(page, "a run in a full project", [(WIDE, "dark"), (NARROW, "light")])
    finally:
        assert owner.patch(f"/projects/{rig.project_id}", {"artifact_quota_bytes": None}).status_code == 200
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("is here")).to_be_visible()


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


def _filed(
    rig: PortalRig, content_type: str, content: bytes, run: str | None = None, name: str = "hostile.html"
) -> str:
    """The address of a file's content."""
    editor = rig.people["editor"]
    body = {
        "name": name,
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content_type": content_type,
    }
    made = editor.made(f"/runs/{run or rig.run_id}/artifacts", body)["id"]
    path = f"{PREFIX}/artifacts/{made}/content"
    editor.client.put(f"{path}?offset=0", content=content)
    assert editor.made(f"/artifacts/{made}:complete")["status"] == "ready"
    return rig.server.url + path
