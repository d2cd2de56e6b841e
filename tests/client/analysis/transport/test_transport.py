"""Requests are sent again where that is harmless, and logged in again when a token's time is over."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from barograph_client import ApiBusy, ApiUnavailable, Client, NothingThere, NotLoggedIn, StateConflict

from tests.api.server import PASSWORD
from tests.client.analysis.conftest import Bench
from tests.client.analysis.flaky_api import PROJECT, FlakyApi


def test_what_may_be_repeated_is_repeated(api: FlakyApi) -> None:
    api.say(503, Retry_After="0")
    api.say(0)
    api.say(429, Retry_After="0")
    api.say(200, {"items": [], "next_cursor": None})
    assert list(api.client().runs()) == []
    assert len(api.asked) == 4


def test_what_creates_is_repeated_under_the_same_key(api: FlakyApi) -> None:
    api.say(0)
    api.say(409, {"detail": "a request with this Idempotency-Key is still running"})
    api.say(200, {"id": "1"})
    assert api.client()._scope.api.create("/things", {"name": "one"}) == {"id": "1"}  # pyright: ignore[reportPrivateUsage]
    keys = {headers["Idempotency-Key"] for _, _, headers in api.asked}
    assert len(keys) == 1


@pytest.mark.parametrize("status", [0, 503])
def test_what_may_have_been_done_is_not_repeated(api: FlakyApi, status: int) -> None:
    api.say(status)
    with pytest.raises((ApiUnavailable, ApiBusy)):
        api.client()._scope.api.post("/things/1:act")  # pyright: ignore[reportPrivateUsage]
    assert len(api.asked) == 1


def test_patience_ends(api: FlakyApi) -> None:
    for _ in range(3):
        api.say(503, {"title": "Unavailable", "detail": "the database does not answer"}, Retry_After="30")
    with pytest.raises(ApiBusy, match="the database does not answer"):
        api.client(retry_within_s=5).runs().first(1)
    assert len(api.asked) == 1


def test_a_conflict_carries_the_problem(api: FlakyApi) -> None:
    document = {"type": "about:blank", "title": "Conflict", "detail": "it is finished", "status": 409}
    api.say(409, document)
    with pytest.raises(StateConflict) as refused:
        api.client()._scope.api.patch("/runs/1", {"status": "running"})  # pyright: ignore[reportPrivateUsage]
    assert refused.value.document == document
    assert refused.value.detail == "it is finished"


def test_a_refused_token_is_renewed_once_for_all_threads(api: FlakyApi) -> None:
    api.say(401)
    api.say(200, {"items": [], "next_cursor": None})
    client = api.client()
    assert list(client.runs()) == []
    assert api.logins == ["/auth/login", "/auth/refresh"]
    assert [headers["Authorization"] for _, _, headers in api.asked] == ["Bearer t1", "Bearer t2"]


def test_a_given_token_is_not_renewed(api: FlakyApi) -> None:
    api.say(401, {"detail": "the token is revoked"})
    with pytest.raises(NotLoggedIn, match="revoked"):
        list(Client(api.url, "given", project=PROJECT).runs())
    assert api.logins == []


def test_nothing_there_is_said_in_words() -> None:
    with pytest.raises(ApiUnavailable, match="does not answer"):
        list(Client("http://127.0.0.1:1", "t", project=PROJECT, retry_within_s=0).runs())


def test_who_waits_is_told_once_for_what(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ApiUnavailable):
        list(Client("http://127.0.0.1:1", "t", project=PROJECT, retry_within_s=3).runs())
    (told,) = [record.getMessage() for record in caplog.records if record.name.startswith("barograph")]
    assert told.startswith("the API at http://127.0.0.1:1 does not answer (")
    assert "it is asked again for up to" in told


def test_a_short_wait_is_not_spoken_of(api: FlakyApi, caplog: pytest.LogCaptureFixture) -> None:
    api.say(503, Retry_After="0")
    api.say(200, {"items": [], "next_cursor": None})
    list(api.client().runs())
    assert [record for record in caplog.records if record.name.startswith("barograph")] == []


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (200, {"Content_Type": "text/html"}, "is no API of Barograph: it sends text/html"),
        (302, {"Location": "https://rig.example.org/"}, "sends on to https://rig.example.org/"),
    ],
)
def test_what_another_server_answers_is_told(
    api: FlakyApi, status: int, headers: dict[str, str], said: str
) -> None:
    api.say(status, None, **headers)
    with pytest.raises(ApiUnavailable, match=said):
        api.client().get_run(PROJECT)


def test_an_address_where_nothing_of_the_api_is_is_told(api: FlakyApi) -> None:
    api.say_events("<html>Not found</html>")
    api.answers[0] = (404, {"Content-Type": "text/html"}, api.answers[0][2])
    with pytest.raises(NothingThere, match="there is nothing of the API at"):
        api.client().get_run(PROJECT)


def test_lists_go_on_over_pages_as_far_as_they_are_read(api: FlakyApi) -> None:
    item = {"id": "1", "created_at": "2026-01-01T00:00:00.000000Z", "name": "one", "role": "owner"}
    api.say(200, {"items": [item, item], "next_cursor": "further"})
    api.say(200, {"items": [item], "next_cursor": None})
    projects = api.client().projects()
    assert [each.name for each in projects] == ["one"] * 3
    assert "cursor=further" in api.asked[1][1]
    api.say(200, {"items": [item, item], "next_cursor": "further"})
    assert len(projects.first(2)) == 2
    assert "limit=2" in api.asked[2][1]


def test_a_log_in_goes_on_when_its_token_ends(bench: Bench) -> None:
    """Against the real API: the account's tokens are no longer known to anybody, but its password is."""
    client = bench.client()
    assert client.runs().first(1) == []
    with psycopg.connect(bench.server.database_url) as connection:
        forget: Callable[..., Any] = connection.execute
        forget(
            "delete from login where account_id = (select id from account where email = %s)", (bench.email,)
        )
    assert client.runs().first(1) == []


def test_a_wrong_password_is_said(bench: Bench) -> None:
    with pytest.raises(NotLoggedIn):
        Client(bench.server.url, email=bench.email, password=PASSWORD + "!").projects().first(1)
