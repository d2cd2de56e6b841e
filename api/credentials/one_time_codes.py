"""Codes that count once: those of an authenticator app (TOTP, RFC 6238), and recovery codes."""

import base64
import hmac
import secrets
import time

from pyotp.totp import TOTP

SECRET_BYTES = 20
STEP_S = 30
# Clocks of phones differ by so many steps, to either side.
MAX_STEPS_OFF = 1
ISSUER = "Barograph"
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstvwxyz23456789"
_GROUPS, _GROUP_CHARACTERS = 4, 4


def new_totp_secret() -> bytes:
    """A key that the server and an app share."""
    return secrets.token_bytes(SECRET_BYTES)


def totp_text(secret: bytes) -> str:
    """The key as people type it into an app."""
    return base64.b32encode(secret).decode()


def totp_uri(secret: bytes, email: str) -> str:
    """The key as apps read it from a picture (QR code)."""
    return TOTP(totp_text(secret), interval=STEP_S).provisioning_uri(name=email, issuer_name=ISSUER)


def totp_code(secret: bytes, step: int) -> str:
    """The code of a step, which is the time in units of 30 s."""
    return TOTP(totp_text(secret), interval=STEP_S).generate_otp(step)


def totp_step_of(secret: bytes, code: str, last_step: int | None) -> int | None:
    """The step whose code this is; None if it is of none near now, or of one that was used."""
    now = int(time.time()) // STEP_S
    given = code.replace(" ", "").encode()
    for step in range(now - MAX_STEPS_OFF, now + MAX_STEPS_OFF + 1):
        is_unused = last_step is None or step > last_step
        if is_unused and hmac.compare_digest(totp_code(secret, step).encode(), given):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Codes to write down: 16 characters that can't be mistaken for each other, 78 bits."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_CHARACTERS)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    ]


def plain_recovery_code(code: str) -> str:
    """A code however it was typed: without dashes and blanks, in small letters."""
    return "".join(code.replace("-", "").split()).lower()
