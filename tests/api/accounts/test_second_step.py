"""Logging in with a second factor."""

from collections.abc import Generator
from functools import partial

import psycopg
import pytest

from api.accounts.factor_proofs import MAX_ATTEMPTS
from tests.api.accounts.factors import (
    App,
    StepClock,
    add_app,
    add_authenticator,
    first_step,
    recovery,
    signed,
    step_clock,
    verify,
)
from tests.api.conftest import People
from tests.api.server import PASSWORD, Person, Server, at_once

WRONG = {"method": "totp", "code": "000000"}


@pytest.fixture
def clock() -> Generator[StepClock]:
    with step_clock() as clock:
        yield clock


@pytest.fixture
def app(newcomer: Person, clock: StepClock) -> App:
    return add_app(newcomer, clock)


def test_a_password_alone_logs_nobody_in(
    server: Server, newcomer: Person, app: App, clock: StepClock
) -> None:
    step = first_step(server, newcomer.email)
    assert step.keys() == {"mfa_required", "mfa_token", "methods", "webauthn", "expires_in"}
    assert (step["methods"], step["webauthn"]) == (["totp", "recovery-code"], None)
    assert len(newcomer.read("/auth/sessions")["items"]) == 1
    with server.client(step["mfa_token"]) as client:
        assert client.get("/auth/me").status_code == 401
    pair = verify(server, step, clock.proof(app.secret)).json()
    with server.client(pair["access_token"]) as client:
        assert client.get("/auth/me").json()["has_second_factor"] is True
    assert newcomer.read("/auth/sessions")["items"][0]["second_factor"] == "totp"


def test_a_code_counts_once(server: Server, newcomer: Person, app: App, clock: StepClock) -> None:
    steps = [first_step(server, newcomer.email) for _ in range(2)]
    proof = clock.proof(app.secret)
    answers = at_once(*(partial(verify, server, step, proof) for step in steps))
    assert sorted(answer.status_code for answer in answers) == [200, 401]
    again = first_step(server, newcomer.email)
    assert verify(server, again, proof).status_code == 401
    assert verify(server, again, clock.proof(app.secret, -1)).status_code == 401
    clock.move()
    assert verify(server, again, clock.proof(app.secret)).status_code == 200


@pytest.mark.parametrize(("ahead", "status"), [(-2, 401), (-1, 200), (1, 200), (2, 401)])
def test_clocks_may_differ_by_a_step(
    server: Server, newcomer: Person, app: App, clock: StepClock, ahead: int, status: int
) -> None:
    clock.move(5)
    step = first_step(server, newcomer.email)
    assert verify(server, step, clock.proof(app.secret, ahead)).status_code == status


def test_a_second_step_serves_once_and_not_for_long(
    server: Server, newcomer: Person, app: App, clock: StepClock
) -> None:
    step = first_step(server, newcomer.email)
    assert verify(server, step, WRONG).status_code == 401
    assert verify(server, step, clock.proof(app.secret)).status_code == 200
    clock.move()
    assert verify(server, step, clock.proof(app.secret)).status_code == 401
    late = first_step(server, newcomer.email)
    with psycopg.connect(server.database_url) as connection:
        connection.execute("update second_step set expires_at = now()")
    assert verify(server, late, clock.proof(app.secret)).status_code == 401
    assert verify(server, {"mfa_token": "bgm_unknown"}, clock.proof(app.secret)).status_code == 401


def test_a_changed_password_ends_steps_under_way(
    server: Server, newcomer: Person, app: App, clock: StepClock
) -> None:
    step = first_step(server, newcomer.email)
    change = {"current_password": PASSWORD, "new_password": "another battery staple"}
    assert newcomer.post("/auth/password", change).status_code == 204
    assert verify(server, step, clock.proof(app.secret)).status_code == 401


def test_recovery_codes_count_once_however_they_are_typed(server: Server, newcomer: Person, app: App) -> None:
    code = app.recovery_codes[0]
    typed = f" {code.upper().replace('-', ' ')} "
    assert verify(server, first_step(server, newcomer.email), recovery(typed)).status_code == 200
    assert verify(server, first_step(server, newcomer.email), recovery(code)).status_code == 401
    assert newcomer.read("/auth/factors")["recovery_codes_left"] == len(app.recovery_codes) - 1
    with psycopg.connect(server.database_url) as connection:
        stored = connection.execute("select string_agg(r::text, ' ') from recovery_code as r").fetchone()
    assert app.recovery_codes[1].replace("-", "") not in str(stored)


def test_whoever_fails_often_waits_even_without_redis(
    server: Server, newcomer: Person, app: App, clock: StepClock
) -> None:
    step = first_step(server, newcomer.email)
    asked = [verify(server, step, WRONG).status_code for _ in range(MAX_ATTEMPTS)]
    assert asked == [401] * MAX_ATTEMPTS
    refused = verify(server, step, clock.proof(app.secret))
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    other = first_step(server, newcomer.email)
    assert verify(server, other, recovery(app.recovery_codes[0])).status_code == 429
    with psycopg.connect(server.database_url) as connection:
        connection.execute("update factor_attempt set started_at = now() - interval '1 hour'")
    assert verify(server, step, clock.proof(app.secret)).status_code == 200


def test_failures_and_log_ins_are_in_the_trail(
    server: Server, people: People, newcomer: Person, app: App, clock: StepClock
) -> None:
    step = first_step(server, newcomer.email)
    verify(server, step, WRONG)
    verify(server, step, clock.proof(app.secret))
    subject = newcomer.read("/auth/me")["id"]
    items = people.admin.read("/audit", subject=subject)["items"]
    assert [(entry["action"], entry["after"]) for entry in items[:3]] == [
        ("account.log-in", {"second_factor": "totp"}),
        ("account.second-factor-failed", {"second_factor": "totp"}),
        ("account.pass-first-step", None),
    ]


def test_an_authenticator_signs_for_its_own_site_alone(server: Server, newcomer: Person) -> None:
    _, authenticator = add_authenticator(newcomer, server.url)
    step = first_step(server, newcomer.email)
    assert step["methods"] == ["webauthn", "recovery-code"]
    authenticator.origin = "https://phishing.example.net"
    assert verify(server, step, signed(authenticator.sign(step["webauthn"]))).status_code == 401
    authenticator.origin = server.url
    elsewhere = authenticator.sign(step["webauthn"] | {"rpId": "example.net"})
    assert verify(server, step, signed(elsewhere)).status_code == 401
    answer = verify(server, step, signed(authenticator.sign(step["webauthn"])))
    assert answer.status_code == 200
    assert newcomer.read("/auth/sessions")["items"][0]["second_factor"] == "webauthn"


def test_a_signature_is_for_its_own_step_alone(server: Server, newcomer: Person) -> None:
    _, authenticator = add_authenticator(newcomer, server.url)
    first, second = (first_step(server, newcomer.email) for _ in range(2))
    proof = signed(authenticator.sign(first["webauthn"]))
    assert verify(server, second, proof).status_code == 401
    assert verify(server, first, proof).status_code == 200
    assert verify(server, first, proof).status_code == 401


def test_a_copied_authenticator_is_found_out(server: Server, newcomer: Person) -> None:
    _, authenticator = add_authenticator(newcomer, server.url)
    for _ in range(2):
        step = first_step(server, newcomer.email)
        assert verify(server, step, signed(authenticator.sign(step["webauthn"]))).status_code == 200
    authenticator.count = 0
    step = first_step(server, newcomer.email)
    assert verify(server, step, signed(authenticator.sign(step["webauthn"]))).status_code == 401


def test_somebody_elses_authenticator_proves_nothing(server: Server, newcomer: Person) -> None:
    add_authenticator(newcomer, server.url)
    other = server.person("other-authenticator@example.org")
    _, theirs = add_authenticator(other, server.url)
    step = first_step(server, newcomer.email)
    assert verify(server, step, signed(theirs.sign(step["webauthn"]))).status_code == 401
    other.client.close()


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"id": "x"},
        {"rawId": 1},
        {"id": "eA", "rawId": "eA", "type": "public-key", "response": {}},
        {
            "id": "eA",
            "rawId": "eA",
            "type": "public-key",
            "response": {"clientDataJSON": "", "signature": []},
        },
    ],
)
def test_nonsense_is_refused(server: Server, newcomer: Person, credential: dict[str, object]) -> None:
    _, authenticator = add_authenticator(newcomer, server.url)
    step = first_step(server, newcomer.email)
    own = authenticator.sign(step["webauthn"]) | credential
    for each in (credential, own if credential else {"rawId": own["rawId"]}):
        assert verify(server, step, signed(each)).status_code == 401


def test_a_browser_takes_the_second_step_too(
    server: Server, newcomer: Person, app: App, clock: StepClock
) -> None:
    headers = {"Origin": server.url}
    with server.client() as browser:
        body = {"email": newcomer.email, "password": PASSWORD}
        answer = browser.post("/session", json=body, headers=headers)
        assert answer.json()["mfa_required"] is True
        assert not browser.cookies
        verification = {"mfa_token": answer.json()["mfa_token"], "proof": clock.proof(app.secret)}
        strange = browser.post("/session:verify", json=verification, headers={"Origin": "https://x.example"})
        assert strange.status_code == 403
        session = browser.post("/session:verify", json=verification, headers=headers)
        assert session.status_code == 200
        assert session.json()["account"]["email"] == newcomer.email
        assert browser.get("/session").status_code == 200
