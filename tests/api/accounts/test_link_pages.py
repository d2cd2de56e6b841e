"""Pages for people who follow a link and have no portal."""

import re
from urllib.parse import urlsplit

import pytest

from api.accounts.link_pages import FILES, PAGES
from barograph.identity.links import link
from barograph.settings import Settings
from tests.api.operations import application
from tests.api.server import Server


@pytest.mark.parametrize("page", ["reset", "invitation"])
def test_a_link_leads_to_a_page_that_loads_nothing_from_elsewhere(server: Server, page: str) -> None:
    with server.client() as client:
        answer = client.get(urlsplit(link(Settings(), page, "bgx_token")).path)
        assert answer.status_code == 200
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        loaded = set(re.findall(r'(?:src|href)="([^"]+)"', answer.text)) - {"data:,"}
        assert loaded == {path for path in PAGES if path.startswith("/links/")}
        for address in loaded:
            assert client.get(address).status_code == 200, address


def test_what_the_pages_send_is_what_the_operations_take() -> None:
    script = (FILES / "links.js").read_text()
    document = application().openapi()
    taken: dict[str, set[str]] = {}
    for path in re.findall(r'post\("([^"]+)"', script):
        body = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        schema = document["components"]["schemas"][body["$ref"].rpartition("/")[2]]
        taken[path] = set(schema["properties"])
    assert fields("reset.html", "reset") | {"token"} == taken["/auth/password-reset:confirm"]
    assert fields("invitation.html", "join") == taken["/auth/login"]
    assert fields("invitation.html", "register") | {"invitation"} == taken["/auth/register"]
    assert taken["/api/v1/invitations:accept"] == {"token"}


def fields(page: str, form: str) -> set[str]:
    """Names of a form's inputs."""
    found = re.search(rf'<form id="{form}">(.*?)</form>', (FILES / page).read_text(), re.DOTALL)
    assert found is not None
    return set(re.findall(r'<input name="(\w+)"', found[1]))
