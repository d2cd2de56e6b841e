"""What notebooks show: escaped tables, and a plot whose picture follows its sensors."""

import html
import json
from queue import Queue

from barograph_client import Client
from barograph_client.analysis.answers.html_tables import details, listing
from barograph_client.analysis.live.plotting import SCRIPT, Picture, PlotFeed, empty_picture
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

from barograph.times import now_us
from tests.client.analysis.conftest import SECOND_US, Bench
from tests.conftest import SERVICES_DIR
from tools.programs.chromium import ensure_chromium

WAIT_S = 60
PAGE = """
<body><div id=plot style="width:600px"></div><script type=module>
const source = new Blob([SCRIPT], {type: "text/javascript"});
const {default: widget} = await import(URL.createObjectURL(source));
const listeners = new Set();
const model = {
  picture: EMPTY, get: (name) => model[name], on: (_, show) => listeners.add(show),
  off: (_, show) => listeners.delete(show),
};
globalThis.end = widget.render({model, el: document.getElementById("plot")});
globalThis.say = (picture) => { model.picture = picture; for (const show of listeners) show(); };
globalThis.heard = () => listeners.size;
globalThis.inked = () => {
  const canvas = document.querySelector("canvas");
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4) {
    count += data[at + 3] > 0 && data[at + 2] > 150 && data[at] < 100;
  }
  return count;
};
</script>
"""


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20) | st.floats() | st.none(), max_size=4))
def test_tables_hold_no_markup_of_strangers(fields: dict[str, object]) -> None:
    name = "<script>alert('&')</script>"
    for shown in (
        details(name, fields | {name: name}),
        listing([fields | {name: name}], [name, *fields], name),
    ):
        assert "<script" not in shown
        assert html.escape(name) in shown


def test_runs_sensors_and_lists_show_themselves(client: Client) -> None:
    with client.run("<b>bold</b>", params={"injector": "B"}) as run:
        pass
    for shown in (run, client.get_run(run), client.runs(), client.sensors(), client.get_sensor("s0")):
        assert "<table" in shown._repr_html_()  # pyright: ignore[reportPrivateUsage]
        assert "<b>" not in shown._repr_html_()  # pyright: ignore[reportPrivateUsage]


def test_the_picture_of_a_plot_follows_its_sensors(bench: Bench, client: Client) -> None:
    bench.commit_seconds(now_us() - 10 * SECOND_US, [0.5, 1.5])
    pictures: Queue[Picture] = Queue()

    def show(picture: Picture) -> bool:
        pictures.put(picture)
        return True

    feed = PlotFeed(client.live(["s0"], "60s"), show)
    (first,) = pictures.get(timeout=WAIT_S)["series"]
    assert (first["key"], first["max"], first["last"]) == ("s0", [0.0, 25.0], 25.0)
    bench.commit_seconds(now_us() - 5 * SECOND_US, [4.5])
    while (picture := pictures.get(timeout=WAIT_S))["series"][0]["last"] != 100.0:
        pass
    json.dumps(picture, allow_nan=False)
    feed.stop()
    feed.join(WAIT_S)


def test_the_widget_draws_in_a_browser_without_a_network() -> None:
    series = {"key": "p1", "unit": "bar", "t_us": [0, 5 * SECOND_US, 10 * SECOND_US], "last": 2.0}
    picture = empty_picture() | {"to_us": 10 * SECOND_US, "note": ""}
    picture["series"] = [series | {"min": [0.0, None, 1.0], "max": [1.0, None, 2.0]}]
    program = ensure_chromium(SERVICES_DIR)
    content = PAGE.replace("SCRIPT", json.dumps(SCRIPT.read_text())).replace(
        "EMPTY", json.dumps(empty_picture())
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program.executable, args=["--no-sandbox"], env={**program.environment}
        )
        page = browser.new_context(offline=True).new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_content(content)
        page.wait_for_function("globalThis.heard?.() === 1", timeout=WAIT_S * 1000)
        assert "waiting for readings" in page.inner_text("#plot")
        assert page.evaluate("inked()") == 0
        page.evaluate("(picture) => say(picture)", picture)
        assert page.evaluate("inked()") > 0
        assert "p1 2 bar" in page.inner_text("#plot")
        assert page.get_by_role("img", name="Live plot of p1").is_visible()
        page.evaluate("end()")
        assert page.evaluate("heard()") == 0
        browser.close()
    assert complaints == []
