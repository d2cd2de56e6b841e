"""An authenticator and its browser in software: WebAuthn level 2, with ES256 and attestation "none"."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, HOLDS_CREDENTIAL = 0x01, 0x40
# COSE (RFC 9053): an elliptic curve's key, ES256, on P-256.
KTY_EC2, ALG_ES256, CURVE_P256 = 2, -7, 1
Options = Mapping[str, Any]


@dataclass
class Authenticator:
    """One key, for the site that asks first.

    Attributes:
        origin: the page that its browser shows.
        count: signatures until now.
    """

    origin: str
    count: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: Options) -> dict[str, Any]:
        """What `navigator.credentials.create()` answers."""
        attested = b"".join(
            (bytes(16), len(self.credential_id).to_bytes(2, "big"), self.credential_id, self._cose_key())
        )
        data = self._data(options["rp"]["id"], PRESENT | HOLDS_CREDENTIAL) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            {
                "clientDataJSON": self._client_data("webauthn.create", options),
                "attestationObject": bytes_to_base64url(attestation),
            }
        )

    def sign(self, options: Options) -> dict[str, Any]:
        """What `navigator.credentials.get()` answers."""
        self.count += 1
        data = self._data(options["rpId"], PRESENT)
        client_data = self._client_data("webauthn.get", options)
        signed = data + hashlib.sha256(base64url_to_bytes(client_data)).digest()
        return self._answer(
            {
                "clientDataJSON": client_data,
                "authenticatorData": bytes_to_base64url(data),
                "signature": bytes_to_base64url(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
                "userHandle": None,
            }
        )

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        name = bytes_to_base64url(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }

    def _data(self, host: str, flags: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: Options) -> str:
        data = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return bytes_to_base64url(json.dumps(data).encode())

    def _cose_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        return cbor2.dumps({1: KTY_EC2, 3: ALG_ES256, -1: CURVE_P256, -2: x, -3: y})
