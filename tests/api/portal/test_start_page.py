"""The page at `/start`."""

import re

import pytest

from api.portal.start_page import FILES, PAGES
from tests.api.operations import application
from tests.api.server import PASSWORD, Server

# How a browser's address line asks.
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PAGE = (FILES / "start.html").read_text()


def test_it_loads_nothing_from_elsewhere_and_leads_only_to_what_is_there(server: Server) -> None:
    with server.client() as client:
        page = client.get("/start")
        assert page.headers["content-type"].startswith("text/html")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        named = set(re.findall(r'(?:src|href)="([^"]+)"', page.text)) - {"data:,"}
        assert {"/docs", "/openapi.json", "/asyncapi.yaml", *(set(PAGES) - {"/start"})} <= named
        for address in named:
            assert address.startswith("/"), address
            assert client.get(address, headers=BROWSER).status_code == 200, address
        assert client.get("/start/start.css").headers["content-type"].startswith("text/css")


def test_it_can_be_read_without_seeing_it() -> None:
    assert '<html lang="en">' in PAGE
    assert PAGE.count("<h1>") == 1
    assert 'role="status"' in PAGE
    # Every input has a label around it, every section the heading that names it.
    assert len(re.findall(r"<label>[^<]+<input", PAGE)) == PAGE.count("<input") > 0
    sections = re.findall(r'<section aria-labelledby="([\w-]+)">', PAGE)
    assert sections == re.findall(r'<h2 id="([\w-]+)">', PAGE)


@pytest.mark.parametrize(("form", "path"), [("password", "/session"), ("code", "/session:verify")])
def test_what_it_sends_is_what_the_operations_take(form: str, path: str) -> None:
    script = (FILES / "start.js").read_text()
    document = application().openapi()
    assert f'"POST", "{path}"' in script
    body = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    taken = document["components"]["schemas"][body["$ref"].rpartition("/")[2]]["properties"].keys()
    inputs = re.search(rf'<form id="{form}" hidden>(.*?)</form>', PAGE, re.DOTALL)
    assert inputs is not None
    fields = set(re.findall(r'<input name="(\w+)"', inputs[1]))
    assert (fields | {"code"} if form == "password" else {"mfa_token", "proof"}) == taken


def test_it_knows_who_is_logged_in_by_the_cookie(server: Server) -> None:
    server.register("starter@example.org")
    with server.client() as client:
        assert client.get("/session").status_code == 401
        assert (
            client.post("/session", json={"email": "starter@example.org", "password": PASSWORD}).status_code
            == 200
        )
        shown = client.get("/session").json()
        assert shown["account"]["email"] == "starter@example.org"
        headers = {"X-CSRF-Token": shown["csrf_token"], "Origin": server.url}
        assert client.delete("/session", headers=headers).status_code == 204
