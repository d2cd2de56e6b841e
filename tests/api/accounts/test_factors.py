"""Setting up second factors, taking them away, and servers that ask for them."""

from collections.abc import Generator
from functools import partial
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from api.accounts.factors import MAX_FACTORS
from tests.api.accounts.authenticator import Authenticator
from tests.api.accounts.factors import (
    App,
    StepClock,
    add_app,
    add_authenticator,
    confirm,
    first_step,
    recovery,
    set_up,
    signed,
    step_clock,
    verify,
)
from tests.api.conftest import People
from tests.api.server import PASSWORD, Person, Server, at_once, serving

OWN = {"current_password": PASSWORD}


@pytest.fixture
def clock() -> Generator[StepClock]:
    with step_clock() as clock:
        yield clock


@pytest.fixture
def app(newcomer: Person, clock: StepClock) -> App:
    return add_app(newcomer, clock)


def test_what_is_set_up_and_not_proven_counts_for_nothing(server: Server, newcomer: Person) -> None:
    set_up(newcomer, "totp")
    set_up(newcomer, "webauthn")
    assert "access_token" in server.log_in(newcomer.email)
    assert newcomer.read("/auth/factors") == {"items": [], "recovery_codes_left": 0, "is_required": False}


def test_an_app_reads_the_key_from_a_uri(newcomer: Person) -> None:
    begun = set_up(newcomer, "totp")
    uri = urlsplit(str(begun["uri"]))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert parse_qs(uri.query) == {"secret": [begun["secret"]], "issuer": ["Barograph"]}


def test_the_first_factor_brings_recovery_codes_and_ends_other_log_ins(
    server: Server, newcomer: Person, clock: StepClock
) -> None:
    with server.client(server.log_in(newcomer.email)["access_token"]) as other:
        app = add_app(newcomer, clock)
        assert other.get("/auth/me").status_code == 401
    assert len(set(app.recovery_codes)) == 10
    assert add_app(newcomer, clock).recovery_codes == []
    listed = newcomer.read("/auth/factors")
    assert [(factor["kind"], factor["name"]) for factor in listed["items"]] == [("totp", "phone")] * 2
    assert listed["recovery_codes_left"] == 10


@pytest.mark.parametrize("kind", ["totp", "webauthn"])
def test_a_wrong_proof_confirms_nothing(server: Server, newcomer: Person, kind: str) -> None:
    begun = set_up(newcomer, kind)
    elsewhere = Authenticator("https://phishing.example.net")
    wrong = [{"method": "totp", "code": "000000"}]
    if kind == "webauthn":
        wrong += [signed(elsewhere.create(begun["webauthn"])), signed({"rawId": "x"})]
    for proof in wrong:
        answer = confirm(newcomer, begun["id"], proof)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/proof"]
    assert "access_token" in server.log_in(newcomer.email)


def test_a_set_up_is_proven_once_and_by_its_own_account(
    people: People, newcomer: Person, clock: StepClock
) -> None:
    begun = set_up(newcomer, "totp")
    proof = clock.proof(begun["secret"])
    assert confirm(people.viewer, begun["id"], proof).status_code == 404
    answers = at_once(*[partial(confirm, newcomer, begun["id"], proof)] * 2)
    assert sorted(answer.status_code for answer in answers) == [200, 404]


@pytest.mark.parametrize("path", ["/auth/factors", "/auth/factors/{id}:remove", "/auth/recovery-codes"])
def test_every_change_takes_the_password(newcomer: Person, app: App, path: str) -> None:
    body = {"current_password": "wrong"} | ({"kind": "totp", "name": "x"} if path == "/auth/factors" else {})
    answer = newcomer.post(path.format(id=app.id), body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/current_password"]


def test_with_the_last_factor_recovery_codes_go(server: Server, newcomer: Person, app: App) -> None:
    assert newcomer.post(f"/auth/factors/{app.id}:remove", OWN).status_code == 204
    assert newcomer.post(f"/auth/factors/{app.id}:remove", OWN).status_code == 404
    assert newcomer.read("/auth/factors")["recovery_codes_left"] == 0
    assert "access_token" in server.log_in(newcomer.email)


def test_nobody_removes_somebody_elses(people: People, app: App) -> None:
    assert people.viewer.post(f"/auth/factors/{app.id}:remove", OWN).status_code == 404


def test_new_recovery_codes_take_the_place_of_the_old(server: Server, newcomer: Person, app: App) -> None:
    codes = newcomer.made("/auth/recovery-codes", OWN)["recovery_codes"]
    step = first_step(server, newcomer.email)
    assert verify(server, step, recovery(app.recovery_codes[0])).status_code == 401
    assert verify(server, step, recovery(codes[0])).status_code == 200


def test_recovery_codes_come_with_a_factor(newcomer: Person) -> None:
    assert newcomer.post("/auth/recovery-codes", OWN).status_code == 409


def test_an_authenticator_is_one_accounts_factor(server: Server, newcomer: Person) -> None:
    _, authenticator = add_authenticator(newcomer, server.url)
    begun = set_up(newcomer, "webauthn")
    known = [each["id"] for each in begun["webauthn"]["excludeCredentials"]]
    assert known == [authenticator.create(begun["webauthn"])["id"]]
    assert confirm(newcomer, begun["id"], signed(authenticator.create(begun["webauthn"]))).status_code == 409


def test_an_account_has_a_few_factors(server: Server, newcomer: Person) -> None:
    user = newcomer.read("/auth/me")["id"]
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "insert into factor (account_id, kind, name, secret, confirmed_at)"
            " select %s, 'totp', 'x', '\\x00', now() from generate_series(1, %s)",
            (user, MAX_FACTORS),
        )
    body = OWN | {"kind": "totp", "name": "one more"}
    assert newcomer.post("/auth/factors", body).status_code == 409


@pytest.mark.usefixtures("app")
def test_an_admin_takes_lost_factors_away(server: Server, people: People, newcomer: Person) -> None:
    user = newcomer.read("/auth/me")["id"]
    assert people.admin.read(f"/users/{user}")["has_second_factor"] is True
    assert people.admin.made(f"/users/{user}:reset-factors")["has_second_factor"] is False
    assert newcomer.get("/auth/me").status_code == 401
    assert "access_token" in server.log_in(newcomer.email)
    (entry,) = people.admin.read("/audit", subject=user, action="account.reset-factors")["items"]
    assert entry["actor_name"] == people.admin.email


def test_an_admins_own_take_the_password(people: People) -> None:
    own = people.admin.read("/auth/me")["id"]
    assert people.admin.post(f"/users/{own}:reset-factors").status_code == 409


def test_changes_are_in_the_trail(people: People, newcomer: Person, app: App) -> None:
    newcomer.made("/auth/recovery-codes", OWN)
    newcomer.post(f"/auth/factors/{app.id}:remove", OWN)
    items = people.admin.read("/audit", actor=newcomer.read("/auth/me")["id"])["items"]
    changes = [entry for entry in items if "factor" in entry["action"] or "codes" in entry["action"]]
    assert [entry["action"] for entry in changes] == [
        "account.remove-factor",
        "account.renew-recovery-codes",
        "account.add-factor",
    ]
    assert app.secret not in str(items)
    assert app.recovery_codes[0] not in str(items)


@pytest.mark.parametrize(("rule", "who"), [("admins", "admin"), ("everybody", "owner")])
def test_a_server_may_ask_for_one(
    server: Server, people: People, clock: StepClock, rule: str, who: str
) -> None:
    person = server.person(f"must-{rule}@example.org", is_admin=who == "admin")
    with serving(server.database_url, second_factor=rule) as strict:
        with strict.client(strict.log_in(person.email)["access_token"]) as client:
            asked = Person(person.email, client)
            for path in ("/projects", "/conversion-kinds"):
                refused = asked.get(path)
                assert refused.status_code == 403
                assert refused.json()["type"] == "urn:barograph:problem:second-factor-required"
            assert asked.read("/auth/me")["has_second_factor"] is False
            assert asked.read("/auth/factors")["is_required"] is True
            app = add_app(asked, clock)
            assert asked.get("/projects").status_code == 200
            last = asked.post(f"/auth/factors/{app.id}:remove", OWN)
            assert last.status_code == 409
            assert len(asked.read("/auth/factors")["items"]) == 1
        with strict.client(strict.log_in(people.viewer.email)["access_token"]) as client:
            viewer = Person(people.viewer.email, client)
            assert viewer.get("/projects").status_code == (200 if rule == "admins" else 403)
    person.client.close()


def test_scripts_need_none(server: Server, people: People, project: str) -> None:
    body = {"project_id": project, "name": "ci", "role": "viewer"}
    token = people.owner.made("/service-accounts", body)["token"]
    with serving(server.database_url, second_factor="everybody") as strict, strict.client(token) as client:
        assert client.get(f"/api/v1/projects/{project}").status_code == 200
        assert client.post("/auth/factors", json=OWN | {"kind": "totp", "name": "x"}).status_code == 403
