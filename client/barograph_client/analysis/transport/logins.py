"""The token that requests carry, which is renewed before its time is over and whenever it is refused."""

from __future__ import annotations

import threading
import time
from typing import Any

from barograph_client.analysis.extra import httpx
from barograph_client.analysis.problems import NoAccess, problem_of
from barograph_client.analysis.transport.access import ApiAccess
from barograph_client.analysis.transport.answered import check_is_api, document_of

# A token is renewed when so much of its life is left, so that none ends on its way.
RENEW_BEFORE_S = 60.0
APP_CODE_DIGITS = 6


class ApiLogin:
    """A log-in, for any number of threads."""

    def __init__(self, access: ApiAccess, client: httpx.Client) -> None:
        self._access, self._client = access, client
        self._turn = threading.Lock()
        self._token, self._refresh_token = access.token, ""
        self._renew_at_s = float("inf")

    @property
    def is_renewable(self) -> bool:
        return self._access.token is None

    def token(self) -> str:
        """The token to send now.

        Raises:
            ApiProblem: the log-in is refused.
            NoAccess: a code is needed and nobody can be asked.
        """
        with self._turn:
            token = self._token
            if token is None or time.monotonic() >= self._renew_at_s:
                self._token = token = self._renew()
            return token

    def refused(self, token: str) -> bool:
        """Forgets a token that the API refused. Whether there will be another."""
        with self._turn:
            if self.is_renewable and self._token == token:
                self._token = None
        return self.is_renewable

    def log_out(self) -> None:
        """Ends the log-in, if it was ours."""
        with self._turn:
            if self._refresh_token:
                self._client.post("/auth/logout", json={"refresh_token": self._refresh_token})
                self._refresh_token = ""

    def _renew(self) -> str:
        if self._refresh_token:
            answer = self._client.post("/auth/refresh", json={"refresh_token": self._refresh_token})
            if answer.status_code == 200:
                return self._take(answer.json())
            if answer.status_code not in {401, 403}:
                raise problem_of(answer.status_code, document_of(answer))
        return self._take(self._log_in())

    def _log_in(self) -> dict[str, Any]:
        answer = self._ask("/auth/login", {"email": self._access.email, "password": self._access.password})
        if answer.get("mfa_required"):
            return self._ask("/auth/login:verify", {"mfa_token": answer["mfa_token"], "proof": self._proof()})
        return answer

    def _proof(self) -> dict[str, str]:
        asked = self._access.code
        if asked is None:
            raise NoAccess(
                "the account has a second factor: give Client(code=…), or use the token of a service account"
            )
        code = (asked if isinstance(asked, str) else asked()).strip()
        # An app's code is six digits; a recovery code is longer.
        return {"method": "totp" if len(code) == APP_CODE_DIGITS else "recovery-code", "code": code}

    def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._client.post(path, json=body)
        if answer.status_code >= 400:
            raise problem_of(answer.status_code, document_of(answer))
        check_is_api(answer, is_json=True)
        return answer.json()

    def _take(self, pair: dict[str, Any]) -> str:
        self._refresh_token = pair["refresh_token"]
        life_s = float(pair["expires_in"])
        self._renew_at_s = time.monotonic() + max(life_s - RENEW_BEFORE_S, life_s / 2)
        return pair["access_token"]
