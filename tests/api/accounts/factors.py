"""Second factors as tests set them up and prove them."""

import base64
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import httpx

from api.credentials import one_time_codes
from tests.api.accounts.authenticator import Authenticator
from tests.api.server import PASSWORD, Person, Server

Proof = dict[str, Any]


class StepClock:
    """The time of codes, in steps that only tests move on."""

    def __init__(self) -> None:
        self.now_s = 1_800_000_000

    def time(self) -> float:
        return self.now_s

    def move(self, steps: int = 1) -> None:
        """On to a later code, or back."""
        self.now_s += steps * one_time_codes.STEP_S

    def code(self, secret: str, ahead: int = 0) -> str:
        """What an app shows now, or so many steps ahead."""
        step = self.now_s // one_time_codes.STEP_S + ahead
        return one_time_codes.totp_code(base64.b32decode(secret), step)

    def proof(self, secret: str, ahead: int = 0) -> Proof:
        return {"method": "totp", "code": self.code(secret, ahead)}


@contextmanager
def step_clock() -> Generator[StepClock]:
    """The clock, as the server in this process reads it."""
    clock = StepClock()
    with patch.object(one_time_codes, "time", clock):
        yield clock


@dataclass(frozen=True)
class App:
    """An authenticator app."""

    id: str
    secret: str
    recovery_codes: list[str]


def set_up(person: Person, kind: str) -> dict[str, Any]:
    return person.made("/auth/factors", {"kind": kind, "name": "phone", "current_password": PASSWORD})


def confirm(person: Person, factor_id: str, proof: Proof) -> httpx.Response:
    return person.post(f"/auth/factors/{factor_id}:confirm", {"proof": proof})


def add_app(person: Person, clock: StepClock) -> App:
    """Adds one; its next code is that of the next step."""
    begun = set_up(person, "totp")
    answer = confirm(person, begun["id"], clock.proof(begun["secret"]))
    assert answer.status_code == 200, answer.text
    clock.move()
    return App(begun["id"], begun["secret"], answer.json()["recovery_codes"] or [])


def add_authenticator(person: Person, origin: str) -> tuple[str, Authenticator]:
    begun = set_up(person, "webauthn")
    authenticator = Authenticator(origin)
    answer = confirm(person, begun["id"], signed(authenticator.create(begun["webauthn"])))
    assert answer.status_code == 200, answer.text
    return begun["id"], authenticator


def signed(credential: dict[str, Any]) -> Proof:
    return {"method": "webauthn", "credential": credential}


def recovery(code: str) -> Proof:
    return {"method": "recovery-code", "code": code}


def first_step(server: Server, email: str) -> dict[str, Any]:
    """What a right password is answered with."""
    step = server.log_in(email)
    assert step["mfa_required"] is True
    return step


def verify(server: Server, step: dict[str, Any], proof: Proof) -> httpx.Response:
    return server.post("/auth/login:verify", {"mfa_token": step["mfa_token"], "proof": proof})
