"""What of the portal a browser gets, from a build and without one."""

import asyncio
import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient, Response

from api.app import create_app
from barograph.settings import Settings
from tests.api.portal.test_start_page import BROWSER
from tests.api.server import SIGNING_KEY

INDEX = '<!doctype html><script type="module" src="/assets/main-Ab12.js"></script>'
SCRIPT = b"export const answer = 42;" * 40
Ask = Callable[..., Response]


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A build as Vite leaves it, as small as can be."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "stamp").write_text("of no interest")
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "assets" / "main-Ab12.js").write_bytes(SCRIPT)
    (folder / "assets" / "main-Ab12.js.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "assets" / "tiny-Cd34.css").write_text("a{}")
    return folder


@pytest.fixture
def ask(dist: Path) -> Ask:
    """Asks an API whose database is not needed."""
    settings = Settings.model_validate({"portal_dist": dist, "signing_key": SIGNING_KEY})
    app = create_app(settings, "postgresql://127.0.0.1:1/none")

    async def ask(method: str, path: str, headers: dict[str, str] | None = None) -> Response:
        async with AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1") as client:
            return await client.request(method, path, headers=headers)

    return lambda *given, **more: asyncio.run(ask(*given, **more))


@pytest.mark.parametrize("path", ["/", "/explore?s=1", "/runs/0190", "/project/members", "/views/a.b"])
def test_every_address_of_a_page_gets_the_one_page(ask: Ask, path: str) -> None:
    answer = ask("GET", path, headers=BROWSER)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy
    assert "unsafe" not in policy


def test_a_page_that_has_not_changed_is_not_sent_again(ask: Ask, dist: Path) -> None:
    etag = ask("GET", "/", headers=BROWSER).headers["etag"]
    again = ask("GET", "/live", headers=BROWSER | {"If-None-Match": f'"other", W/{etag}'})
    assert (again.status_code, again.content) == (304, b"")
    (dist / "index.html").write_text("another build")
    assert ask("GET", "/live", headers=BROWSER | {"If-None-Match": etag}).text == "another build"


@pytest.mark.parametrize("path", ["/", "/icon.svg", "/assets/main-Ab12.js"])
def test_head_tells_what_get_would_send(ask: Ask, path: str) -> None:
    got, told = ask("GET", path, headers=BROWSER), ask("HEAD", path, headers=BROWSER)
    assert told.status_code == got.status_code == 200
    for name in ("content-type", "content-length", "etag", "cache-control"):
        assert told.headers[name] == got.headers[name]


def test_assets_are_kept_for_good_and_come_compressed(ask: Ask) -> None:
    compressed = ask("GET", "/assets/main-Ab12.js", headers={"Accept-Encoding": "gzip, br"})
    plain = ask("GET", "/assets/main-Ab12.js", headers={"Accept-Encoding": "br, gzip;q=0"})
    assert compressed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert int(compressed.headers["content-length"]) < len(SCRIPT)
    assert compressed.content == plain.content == SCRIPT
    assert compressed.headers["etag"] != plain.headers["etag"]
    for answer in (compressed, plain):
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["vary"] == "Accept-Encoding"
        assert "immutable" in answer.headers["cache-control"]
    etag = plain.headers["etag"]
    known = {"Accept-Encoding": "identity", "If-None-Match": etag}
    assert ask("GET", "/assets/main-Ab12.js", headers=known).status_code == 304
    assert ask("GET", "/assets/tiny-Cd34.css").headers["content-type"].startswith("text/css")


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/assets/gone-Ef56.js",
            "/assets/main-Ab12.js.gz",
            "/assets/..%2findex.html",
            "/assets/%2e%2e/icon.svg",
        ),
        *("/assets/", "/assets/.hidden.js", "/api/v1/nothing", "/auth/nothing", "/links/nothing.js"),
    ],
)
def test_what_is_not_there_is_a_404_and_no_page(ask: Ask, path: str) -> None:
    answer = ask("GET", path, headers=BROWSER)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_programs_and_other_methods_get_no_page(ask: Ask) -> None:
    assert ask("GET", "/nothing", headers={"Accept": "*/*"}).status_code == 404
    assert ask("GET", "/stamp", headers={"Accept": "*/*"}).status_code == 404
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert ask(method, "/explore", headers=BROWSER).status_code == 404


def test_what_was_there_before_stays(ask: Ask) -> None:
    assert ask("GET", "/reset", headers=BROWSER).text != INDEX
    assert "swagger-ui" in ask("GET", "/docs", headers=BROWSER).text
    assert ask("GET", "/health", headers=BROWSER).json() == {"status": "ok"}
    assert ask("GET", "/openapi.json", headers=BROWSER).json()["openapi"].startswith("3.")
    assert ask("GET", "/session", headers=BROWSER).status_code != 200
    assert ask("GET", "/icon.svg").headers["content-type"] == "image/svg+xml"


def test_without_a_build_a_page_says_why_until_there_is_one(ask: Ask, dist: Path) -> None:
    away = dist.with_name("away")
    dist.rename(away)
    (dist.with_name("unbuilt.txt")).write_text("npm could not reach <its> registry")
    front, deep = ask("GET", "/", headers=BROWSER), ask("GET", "/runs/1", headers=BROWSER)
    assert (front.status_code, deep.status_code) == (200, 503)
    for answer in (front, deep):
        assert "make portal" in answer.text
        assert "npm could not reach &lt;its&gt; registry" in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert "unsafe" not in answer.headers["content-security-policy"]
    assert ask("GET", "/assets/main-Ab12.js").status_code == 404
    shutil.move(away, dist)
    assert ask("GET", "/", headers=BROWSER).text == INDEX
