"""How often somebody may try, and who is not held up by it."""

import asyncio
from collections.abc import Generator
from functools import partial
from uuid import uuid4

import httpx
import pytest
from redis import Redis

from api.accounts.log_in import GUESSES, GUESSES_FROM_ADDRESS, GUESSES_OF_ACCOUNT
from api.accounts.passwords import RESETS_OF_ACCOUNT
from api.accounts.registration import REGISTRATIONS_OF_EMAIL, TAKEN_EMAILS
from api.accounts.token_routes import BAD_TOKENS, REFRESHES
from api.edge.rates.rate_limits import RateLimits, RateRule
from barograph.errors import TooManyRequests
from tests.api.server import PASSWORD, Server, at_once, serving
from tests.programs import free_port

HERE, THERE = "192.0.2.1", "192.0.2.2"
TWICE = RateRule("twice", max_uses=2, window_s=60)


@pytest.fixture(scope="module")
def limited(server: Server, redis_server_url: str) -> Generator[Server]:
    """The same API with limits."""
    settings = {"redis_url": redis_server_url, "smtp_url": "smtp://127.0.0.1:1"}
    with serving(server.database_url, **settings) as server:
        yield server


@pytest.fixture(autouse=True)
def _empty(redis_url: str) -> None:  # pyright: ignore[reportUnusedFunction]  # a fixture
    """Counts nothing of what other tests did."""


@pytest.fixture
def email(limited: Server) -> str:
    email = f"{uuid4()}@example.org"
    limited.register(email)
    return email


def guess(server: Server, email: str, address: str = HERE, times: int = 1) -> httpx.Response:
    """The answer to the last of some wrong passwords."""
    return [server.try_log_in(email, "wrong", address) for _ in range(times)][-1]


def fill(redis_url: str, *quotas: tuple[RateRule, str]) -> None:
    """As if all of it had been tried."""
    # redis leaves the extra arguments of its methods untyped
    with Redis.from_url(redis_url) as client:  # pyright: ignore[reportUnknownMemberType]
        for rule, subject in quotas:
            client.set(rule.of(subject).key, rule.max_uses, ex=rule.window_s)


def check_refusal(answer: httpx.Response, rule: RateRule) -> None:
    assert answer.status_code == 429, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:barograph:problem:too-many-requests"
    assert 1 <= int(answer.headers["retry-after"]) <= rule.window_s


# Logging in


def test_who_guesses_too_often_waits_even_with_the_right_password(limited: Server, email: str) -> None:
    assert guess(limited, email, times=GUESSES.max_uses).status_code == 401
    check_refusal(guess(limited, email), GUESSES)
    check_refusal(limited.try_log_in(email, address=HERE), GUESSES)


def test_guesses_that_come_all_at_once_do_not_slip_past(limited: Server, email: str) -> None:
    answers = at_once(*[partial(guess, limited, email)] * (3 * GUESSES.max_uses))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {401, 429}
    # As many more as hash at once.
    assert GUESSES.max_uses <= statuses.count(401) <= GUESSES.max_uses + 2


def test_unknown_emails_are_limited_just_the_same(limited: Server) -> None:
    assert guess(limited, "nobody@example.org", times=GUESSES.max_uses).status_code == 401
    check_refusal(guess(limited, "nobody@example.org"), GUESSES)


def test_right_passwords_are_not_counted(limited: Server, email: str) -> None:
    for _ in range(2):
        answers = at_once(*[partial(limited.try_log_in, email, address=HERE)] * (GUESSES.max_uses + 5))
        assert {answer.status_code for answer in answers} == {200}


def test_others_are_not_held_up_by_who_guesses(limited: Server, email: str) -> None:
    other = f"{uuid4()}@example.org"
    limited.register(other)
    guess(limited, email, times=GUESSES.max_uses + 1)
    assert limited.try_log_in(other, address=HERE).status_code == 200
    assert limited.try_log_in(email, address=THERE).status_code == 200


def test_an_address_that_tries_many_accounts_waits(limited: Server, email: str, redis_url: str) -> None:
    fill(redis_url, (GUESSES_FROM_ADDRESS, HERE))
    check_refusal(limited.try_log_in(email, address=HERE), GUESSES_FROM_ADDRESS)
    assert limited.try_log_in(email, address=THERE).status_code == 200


def test_an_account_that_many_addresses_try_is_kept_from_them(
    limited: Server, email: str, redis_url: str
) -> None:
    fill(redis_url, (GUESSES_OF_ACCOUNT, email))
    check_refusal(limited.try_log_in(email, address=HERE), GUESSES_OF_ACCOUNT)


def test_where_one_has_logged_in_before_nobody_elses_guesses_count(
    limited: Server, email: str, redis_url: str
) -> None:
    assert limited.try_log_in(email, address=HERE).status_code == 200
    fill(redis_url, (GUESSES_OF_ACCOUNT, email), (GUESSES_FROM_ADDRESS, HERE))
    assert limited.try_log_in(email, address=HERE).status_code == 200


def test_neighbours_in_an_ipv6_network_are_one_address(limited: Server, email: str) -> None:
    for number in range(GUESSES.max_uses):
        guess(limited, email, f"2001:db8::{number}")
    check_refusal(guess(limited, email, "2001:db8::ffff:1:2:3"), GUESSES)
    assert guess(limited, email, "2001:db8:0:1::1").status_code == 401


def test_browser_sessions_and_password_changes_count_along(limited: Server, email: str) -> None:
    token = limited.try_log_in(email, address=HERE).json()["access_token"]
    address = {"X-Forwarded-For": HERE}
    passwords = {"current_password": "wrong", "new_password": "another password"}
    with limited.client(token) as client:
        for _ in range(GUESSES.max_uses // 2):
            assert client.post("/auth/password", json=passwords, headers=address).status_code == 422
            body = {"email": email, "password": "wrong"}
            assert limited.post("/session", body, address).status_code == 401
        check_refusal(client.post("/auth/password", json=passwords, headers=address), GUESSES)
    check_refusal(limited.post("/session", {"email": email, "password": PASSWORD}, address), GUESSES)


# Tokens


def test_bad_tokens_are_limited_and_hold_up_no_good_one(limited: Server, email: str, redis_url: str) -> None:
    def refresh(token: str) -> httpx.Response:
        return limited.post("/auth/refresh", {"refresh_token": token}, {"X-Forwarded-For": HERE})

    pair = limited.log_in(email)
    assert refresh("bad").status_code == 401
    fill(redis_url, (BAD_TOKENS, HERE))
    check_refusal(refresh("bad"), BAD_TOKENS)
    assert refresh(pair["refresh_token"]).status_code == 200


def test_a_log_in_is_refreshed_only_so_often_and_the_token_stays_good(
    limited: Server, email: str, redis_url: str
) -> None:
    token: str = limited.log_in(email)["refresh_token"]
    for _ in range(REFRESHES.max_uses):
        token = limited.post("/auth/refresh", {"refresh_token": token}).json()["refresh_token"]
    check_refusal(limited.post("/auth/refresh", {"refresh_token": token}), REFRESHES)
    with Redis.from_url(redis_url) as client:  # pyright: ignore[reportUnknownMemberType]  # as above
        client.flushdb()  # pyright: ignore[reportUnknownMemberType]  # as above
    assert limited.post("/auth/refresh", {"refresh_token": token}).status_code == 200


def test_a_bad_reset_token_counts_as_a_bad_token(limited: Server, redis_url: str) -> None:
    body, address = {"token": "bad", "new_password": "a new password"}, {"X-Forwarded-For": HERE}
    assert limited.post("/auth/password-reset:confirm", body, address).status_code == 422
    fill(redis_url, (BAD_TOKENS, HERE))
    check_refusal(limited.post("/auth/password-reset:confirm", body, address), BAD_TOKENS)


# Registering and resetting


def test_an_email_is_tried_for_registration_only_so_often(limited: Server, email: str) -> None:
    body = {"email": email, "password": PASSWORD}
    for _ in range(REGISTRATIONS_OF_EMAIL.max_uses):
        assert limited.post("/auth/register", body).status_code == 409
    check_refusal(limited.post("/auth/register", body), REGISTRATIONS_OF_EMAIL)


def test_an_address_hears_only_so_often_that_emails_are_taken(limited: Server, email: str) -> None:
    emails = [
        email,
        *(f"{number}.{email}" for number in range(TAKEN_EMAILS.max_uses // REGISTRATIONS_OF_EMAIL.max_uses)),
    ]
    bodies = [{"email": each, "password": PASSWORD} for each in emails]
    assert [limited.post("/auth/register", body).status_code for body in bodies[1:]] == [201, 201]
    tries = [bodies[number % len(bodies)] for number in range(TAKEN_EMAILS.max_uses)]
    assert {limited.post("/auth/register", body).status_code for body in tries} == {409}
    new = {"email": f"new.{email}", "password": PASSWORD}
    check_refusal(limited.post("/auth/register", new), TAKEN_EMAILS)
    elsewhere = limited.post("/auth/register", new, {"X-Forwarded-For": THERE})
    assert elsewhere.status_code == 201


@pytest.mark.parametrize("has_account", [True, False])
def test_an_email_is_mailed_only_so_often(limited: Server, email: str, *, has_account: bool) -> None:
    body = {"email": email if has_account else "nobody@example.org"}
    for _ in range(RESETS_OF_ACCOUNT.max_uses):
        assert limited.post("/auth/password-reset", body).status_code == 204
    check_refusal(limited.post("/auth/password-reset", body), RESETS_OF_ACCOUNT)


# Counting


def test_no_email_and_no_address_is_kept_in_redis(limited: Server, email: str, redis_url: str) -> None:
    limited.try_log_in(email, address=HERE)
    guess(limited, email, THERE)
    with Redis.from_url(redis_url) as client:  # pyright: ignore[reportUnknownMemberType]  # as above
        keys = str(list(client.scan_iter()))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    assert "barograph:limit:" in keys
    for secret in (email, email.split("@")[0], HERE, THERE):
        assert secret not in keys


def test_a_full_quota_takes_nothing_from_the_others(redis_url: str) -> None:
    async def use() -> None:
        limits = RateLimits(redis_url)
        full, free = TWICE.of("full"), TWICE.of("free")
        await limits.take(full)
        await limits.take(full)
        for _ in range(3):
            with pytest.raises(TooManyRequests) as refusal:
                await limits.take(full, free)
            assert refusal.value.retry_after_s in {59, 60}
        await limits.take(free)
        await limits.check(free)
        await limits.take(free)
        await limits.close()

    asyncio.run(use())


def test_a_quota_is_free_again_after_its_window(redis_url: str) -> None:
    async def use() -> None:
        limits, quota = RateLimits(redis_url), RateRule("short", max_uses=1, window_s=1).of("x")
        await limits.take(quota)
        with pytest.raises(TooManyRequests):
            await limits.check(quota)
        await asyncio.sleep(1.1)
        await limits.take(quota)
        await limits.close()

    asyncio.run(use())


# Redis away


def test_without_redis_nothing_is_limited_and_everything_works(server: Server, email: str) -> None:
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    with serving(server.database_url, redis_url=nowhere) as away:
        assert guess(away, email, times=GUESSES.max_uses + 2).status_code == 401
        pair = away.log_in(email)
        assert away.post("/auth/refresh", {"refresh_token": pair["refresh_token"]}).status_code == 200
        with away.client() as client:
            assert client.get("/ready").status_code == 200


def test_a_redis_that_is_away_is_waited_for_once_in_a_while() -> None:
    async def use() -> None:
        # Takes connections, and says nothing.
        async def ignore(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.append(writer)

        connections: list[asyncio.StreamWriter] = []
        silent = await asyncio.start_server(ignore, "127.0.0.1", 0)
        limits = RateLimits(f"redis://127.0.0.1:{silent.sockets[0].getsockname()[1]}/0")
        async with asyncio.timeout(2):
            for _ in range(100):
                await limits.take(TWICE.of("x"))
        assert len(connections) == 1
        await limits.close()
        for writer in connections:
            writer.close()
        silent.close()

    asyncio.run(use())
