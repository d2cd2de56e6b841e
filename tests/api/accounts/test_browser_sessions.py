"""Log-ins by cookie: what browsers hold, and what they must prove."""

import time
from collections.abc import Generator
from typing import Any

import httpx
import psycopg
import pytest

from tests.api.server import PASSWORD, Person, Server, serving

SITE = "https://portal.example.org"
SESSION, CSRF = "barograph-session", "barograph-csrf"


@pytest.fixture(scope="module")
def with_cors(server: Server) -> Generator[Server]:
    """The same API, which pages of another site may call."""
    with serving(server.database_url, cors_origins=f"{SITE}, https://lab.example.org/") as server:
        yield server


class Browser:
    """Keeps cookies, as pages of the API's own address see them."""

    def __init__(self, server: Server, email: str) -> None:
        self.client = server.client()
        self.origin = server.url
        body = {"email": email, "password": PASSWORD}
        self.answer = self.client.post("/session", json=body, headers={"Origin": self.origin})
        assert self.answer.status_code == 200, self.answer.text

    @property
    def proof(self) -> dict[str, str]:
        """What our own pages send along."""
        return {"Origin": self.origin, "X-CSRF-Token": self.client.cookies[CSRF]}

    def create_project(self, headers: dict[str, str]) -> httpx.Response:
        return self.client.post("/api/v1/projects", json={"name": "by browser"}, headers=headers)


@pytest.fixture
def browser(server: Server, newcomer: Person) -> Generator[Browser]:
    browser = Browser(server, newcomer.email)
    yield browser
    browser.client.close()


def cookies(answer: httpx.Response) -> dict[str, dict[str, str]]:
    """The attributes of each cookie that an answer sets, `value` among them."""
    found: dict[str, dict[str, str]] = {}
    for line in answer.headers.get_list("set-cookie"):
        (name, _, value), *attributes = (part.strip().partition("=") for part in line.split(";"))
        found[name] = {"value": value} | {key.lower(): given for key, _, given in attributes}
    return found


def test_a_session_is_a_cookie_no_script_reads_and_one_that_scripts_must(browser: Browser) -> None:
    session, csrf = (cookies(browser.answer)[name] for name in (SESSION, CSRF))
    assert {"httponly", "path", "max-age"} <= session.keys()
    assert "httponly" not in csrf
    for cookie in (session, csrf):
        assert cookie["samesite"] == "Lax"
        assert "secure" not in cookie
    body = browser.answer.json()
    assert body["csrf_token"] == csrf["value"]
    assert session["value"] not in browser.answer.text


def test_away_from_this_machine_cookies_are_for_https_alone(server: Server, newcomer: Person) -> None:
    body = {"email": newcomer.email, "password": PASSWORD}
    answer = httpx.post(f"{server.url}/session", json=body, headers={"Host": "baro.example.org"})
    found = cookies(answer)
    assert found.keys() == {f"__Host-{SESSION}", CSRF}
    for cookie in found.values():
        assert "secure" in cookie
        assert cookie["path"] == "/"
        assert "domain" not in cookie


def test_a_page_that_has_just_been_loaded_finds_its_session(browser: Browser, newcomer: Person) -> None:
    found = browser.client.get("/session").json()
    assert found == browser.answer.json()
    assert found["account"] == newcomer.read("/auth/me")


def test_the_same_paths_work_with_the_cookie(browser: Browser) -> None:
    created = browser.create_project(browser.proof)
    assert created.status_code == 201
    path = f"/api/v1/projects/{created.json()['id']}"
    assert browser.client.get(path).json() == created.json()
    changed = browser.client.patch(path, json={"name": "new"}, headers=browser.proof)
    assert changed.json()["version"] == 2
    assert browser.client.delete(path, headers=browser.proof).status_code == 204


@pytest.mark.parametrize(
    ("origin", "token", "status"),
    [
        ("own", "own", 201),
        ("own", None, 403),
        ("own", "", 403),
        ("own", "wrong", 403),
        ("own", "é", 403),
        ("own", "of another session", 403),
        (None, "own", 403),
        ("null", "own", 403),
        ("https://evil.example.org", "own", 403),
        ("own, with another port", "own", 403),
        ("own, by https", "own", 403),
        (SITE, "own", 403),
    ],
)
def test_a_change_takes_the_csrf_token_and_a_known_origin(
    server: Server, browser: Browser, newcomer: Person, origin: str | None, token: str | None, status: int
) -> None:
    origins = {
        "own": server.url,
        "own, with another port": "http://127.0.0.1:1",
        "own, by https": server.url.replace("http", "https"),
    }
    tokens = {"own": browser.client.cookies[CSRF]}
    if token == "of another session":
        other = Browser(server, newcomer.email)
        tokens[token] = other.client.cookies[CSRF]
        other.client.close()
    given = {
        "Origin": origin and origins.get(origin, origin),
        "X-CSRF-Token": token and tokens.get(token, token),
    }
    headers = {name.encode(): value.encode() for name, value in given.items() if value is not None}
    answer = browser.client.post("/api/v1/projects", json={"name": "x"}, headers=headers)
    assert answer.status_code == status, answer.text


def test_every_method_that_changes_something_takes_the_proof(browser: Browser) -> None:
    path = f"/api/v1/projects/{browser.create_project(browser.proof).json()['id']}"
    for method in ("PATCH", "DELETE"):
        body = {"name": "new"} if method == "PATCH" else None
        assert browser.client.request(method, path, json=body).status_code == 403
    for path in ("/auth/password", "/session"):
        method, body = (
            ("DELETE", None)
            if path == "/session"
            else ("POST", {"current_password": PASSWORD, "new_password": "another password"})
        )
        assert browser.client.request(method, path, json=body).status_code == 403
    assert browser.client.get("/session").status_code == 200


def test_a_bearer_token_needs_no_proof_and_is_what_counts(
    server: Server, browser: Browser, newcomer: Person
) -> None:
    bearer = {"Authorization": f"Bearer {server.log_in(newcomer.email)['access_token']}"}
    assert browser.create_project(bearer).status_code == 201
    assert browser.create_project({"Authorization": "Bearer wrong"} | browser.proof).status_code == 401


def test_logging_out_ends_the_session_and_takes_the_cookies_back(browser: Browser) -> None:
    kept = dict(browser.client.cookies)
    answer = browser.client.delete("/session", headers=browser.proof)
    assert answer.status_code == 204
    assert {name: cookie["max-age"] for name, cookie in cookies(answer).items()} == {SESSION: "0", CSRF: "0"}
    assert dict(browser.client.cookies) == {}
    assert browser.client.get("/session").status_code == 401
    browser.client.cookies.update(kept)
    assert browser.client.get("/session").status_code == 401


def test_without_a_session_there_is_nothing_to_log_out_of(server: Server) -> None:
    with server.client() as client:
        assert client.delete("/session").status_code == 204
        assert client.get("/session").status_code == 401


def test_a_bearer_token_is_no_browser_session(newcomer: Person) -> None:
    assert newcomer.get("/session").status_code == 401


def test_a_new_session_ends_the_one_before_it(server: Server, browser: Browser, newcomer: Person) -> None:
    former = dict(browser.client.cookies)
    body = {"email": newcomer.email, "password": PASSWORD}
    assert browser.client.post("/session", json=body).status_code == 200
    assert browser.client.get("/session").status_code == 200
    with server.client() as client:
        client.cookies.update(former)
        assert client.get("/session").status_code == 401


def test_a_session_expires(server: Server, newcomer: Person) -> None:
    browser = Browser(server, newcomer.email)
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "update browser_session set expires_at = now() from login, account"
            " where login.id = login_id and account.id = account_id and email = %s",
            (newcomer.email,),
        )
    assert browser.client.get("/session").status_code == 401
    browser.client.close()


def test_changing_the_password_keeps_this_session_and_ends_the_others(
    server: Server, browser: Browser, newcomer: Person
) -> None:
    other = Browser(server, newcomer.email)
    passwords = {"current_password": PASSWORD, "new_password": "another password"}
    answer = browser.client.post("/auth/password", json=passwords, headers=browser.proof)
    assert answer.status_code == 204, answer.text
    assert browser.client.get("/session").status_code == 200
    assert other.client.get("/session").status_code == 401
    other.client.close()


def test_refused_log_ins_look_alike(server: Server, newcomer: Person) -> None:
    for body in (
        {"email": newcomer.email, "password": "wrong"},
        {"email": "nobody@example.org", "password": PASSWORD},
    ):
        answer = server.post("/session", body)
        assert answer.status_code == 401
        assert answer.json()["detail"] == "email or password is wrong"
        assert "set-cookie" not in answer.headers


def test_nobody_is_logged_in_by_a_page_of_somebody_elses(server: Server, newcomer: Person) -> None:
    body = {"email": newcomer.email, "password": PASSWORD}
    assert server.post("/session", body, {"Origin": "https://evil.example.org"}).status_code == 403


def test_no_session_token_is_stored_in_plain(server: Server, browser: Browser) -> None:
    with psycopg.connect(server.database_url) as connection:
        rows = connection.execute("select s::text, token_hash from browser_session as s").fetchall()
    token = browser.client.cookies[SESSION]
    assert token not in str(rows)
    assert all(token.encode() not in row[1] for row in rows)


# Pages of other sites


def preflight(server: Server, origin: str) -> httpx.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,idempotency-key,x-csrf-token",
    }
    with server.client() as client:
        return client.options("/api/v1/projects", headers=headers)


@pytest.mark.parametrize("origin", [SITE, "https://lab.example.org"])
def test_pages_of_a_configured_site_may_call_with_credentials(
    with_cors: Server, newcomer: Person, origin: str
) -> None:
    allowed = preflight(with_cors, origin)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == origin
    assert allowed.headers["access-control-allow-credentials"] == "true"
    browser = Browser(with_cors, newcomer.email)
    answer = browser.create_project(browser.proof | {"Origin": origin})
    assert answer.status_code == 201
    assert answer.headers["access-control-allow-origin"] == origin
    assert "ETag" in answer.headers["access-control-expose-headers"]
    browser.client.close()


def test_refusals_can_be_read_by_pages_of_a_configured_site_too(with_cors: Server) -> None:
    with with_cors.client() as client:
        answer = client.get("/api/v1/projects", headers={"Origin": SITE})
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == SITE


@pytest.mark.parametrize(
    "origin", ["https://evil.example.org", "null", f"{SITE}.evil.org", "http://portal.example.org"]
)
def test_pages_of_any_other_site_may_not(with_cors: Server, origin: str) -> None:
    assert "access-control-allow-origin" not in preflight(with_cors, origin).headers
    with with_cors.client() as client:
        answer = client.get("/api/v1/projects", headers={"Origin": origin})
    assert "access-control-allow-origin" not in answer.headers


def test_where_no_site_is_configured_none_may(server: Server) -> None:
    answer = preflight(server, SITE)
    assert "access-control-allow-origin" not in answer.headers


def test_the_expiry_is_what_the_setting_says(browser: Browser) -> None:
    body: dict[str, Any] = browser.answer.json()
    life_s = float(cookies(browser.answer)[SESSION]["max-age"])
    assert life_s == 7 * 86400
    assert body["expires_at"] > time.strftime("%Y-%m-%d", time.gmtime(time.time() + life_s - 60))
