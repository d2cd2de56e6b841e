"""The one spelling of a profile, and its hash: JSON canonicalization after RFC 8785.

Keys are sorted and numbers spelled as ECMAScript does, so `1`, `1.0` and `1e0` are the same, and any
language with an RFC 8785 library computes the same hash from the same profile.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import cast


def content_hash(document: Mapping[str, object]) -> str:
    """SHA-256 of the canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()


def canonical_json(value: object) -> str:
    """Spell a finite JSON value; integers count as the doubles they stand for."""
    match value:
        case None | bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case int() | float():
            return _number(float(value))
        case Mapping():
            return _object(cast("Mapping[str, object]", value))
        case Sequence():
            return "[" + ",".join(canonical_json(item) for item in cast("Sequence[object]", value)) + "]"
        case _:
            raise TypeError(f"{type(value).__name__} is not JSON")


def _object(members: Mapping[str, object]) -> str:
    # RFC 8785 sorts by UTF-16 code units, which differs from code points beyond U+FFFF.
    ordered = sorted(members.items(), key=lambda member: member[0].encode("utf-16-be"))
    return "{" + ",".join(f"{canonical_json(name)}:{canonical_json(item)}" for name, item in ordered) + "}"


def _number(value: float) -> str:
    """ECMAScript's Number::toString: shortest digits that round-trip, exponents beyond 1e-7 and 1e21."""
    if value == 0:
        return "0"
    decimal = Decimal(repr(value)).normalize().as_tuple()
    digits = "".join(map(str, decimal.digits))
    point = len(digits) + int(decimal.exponent)
    return ("-" if decimal.sign else "") + _place_point(digits, point)


def _place_point(digits: str, point: int) -> str:
    """Write 0.DIGITS times ten to the power `point`."""
    if len(digits) <= point <= 21:
        return digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{mantissa}e{point - 1:+d}"
