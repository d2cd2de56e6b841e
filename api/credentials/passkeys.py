"""Authenticators by WebAuthn: what a browser is asked, and whether its answer proves possession.

The only module that knows py_webauthn.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
import webauthn
from starlette.requests import HTTPConnection
from webauthn.helpers import base64url_to_bytes, options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from api.credentials.cookies import allowed_origins
from barograph.plain_words import error_text
from barograph.settings import Settings

T = TypeVar("T")
JsonObject = Mapping[str, Any]
_NAME = "Barograph"
log = structlog.stdlib.get_logger(__name__)


class BadPasskey(Exception):
    """An answer that proves nothing."""


@dataclass(frozen=True)
class RelyingParty:
    """The site that authenticators know.

    Attributes:
        id: its host, to which a credential is bound.
        origins: pages that may ask for it.
    """

    id: str
    origins: list[str]


@dataclass(frozen=True)
class Passkey:
    """An authenticator's credential for one account."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def relying_party(request: HTTPConnection, settings: Settings) -> RelyingParty:
    """The party by the public address, else by the one that was asked.

    A stranger who names another host gains nothing: authenticators sign for the host of the page alone.
    """
    base = urlsplit(settings.public_url or str(request.base_url))
    host = base.hostname or ""
    others = [origin for origin in allowed_origins(settings) if _is_within(origin, host)]
    return RelyingParty(host, [f"{base.scheme}://{base.netloc}", *others])


def creation_options(
    party: RelyingParty, user_id: bytes, email: str, challenge: bytes, known: Sequence[bytes]
) -> dict[str, Any]:
    """Options for `navigator.credentials.create()`; `known` are the account's credentials already."""
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=_NAME,
        user_name=email,
        user_id=user_id,
        challenge=challenge,
        exclude_credentials=list(map(PublicKeyCredentialDescriptor, known)),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return options_to_json_dict(options)


def request_options(party: RelyingParty, challenge: bytes, known: Sequence[bytes]) -> dict[str, Any]:
    """Options for `navigator.credentials.get()`."""
    options = webauthn.generate_authentication_options(
        rp_id=party.id, challenge=challenge, allow_credentials=list(map(PublicKeyCredentialDescriptor, known))
    )
    return options_to_json_dict(options)


def read_new_passkey(party: RelyingParty, challenge: bytes, credential: JsonObject) -> Passkey:
    """The credential that a browser has made.

    Raises:
        BadPasskey: it was made for another challenge or site, or can't be read.
    """
    made = _proven(
        lambda: webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origins,
        )
    )
    return Passkey(made.credential_id, made.credential_public_key, made.sign_count)


def credential_id_of(credential: JsonObject) -> bytes:
    """The id of the credential that a browser says it has signed with.

    Raises:
        BadPasskey: it does not say.
    """
    return _proven(lambda: base64url_to_bytes(credential["rawId"]))


def check_signature(party: RelyingParty, challenge: bytes, credential: JsonObject, passkey: Passkey) -> int:
    """The authenticator's new count of signatures. One that does not rise betrays a copy.

    Raises:
        BadPasskey: it is signed with another key, for another challenge or site, or can't be read.
    """
    signed = _proven(
        lambda: webauthn.verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origins,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
        )
    )
    return signed.new_sign_count


def _proven(check: Callable[[], T]) -> T:
    try:
        return check()
    # What strangers send may break its parsers in any way.
    except Exception as error:
        log.info("an authenticator's answer was refused", error=error_text(error))
        raise BadPasskey from error


def _is_within(origin: str, host: str) -> bool:
    name = urlsplit(origin).hostname or ""
    return name == host or name.endswith(f".{host}")
