"""What can go wrong with a profile. Data is never an error here: see `Flag`.

ConversionError
├── InvalidProfile     the payload is wrong; lists where and why
├── NotInvertible      the profile has no inverse
├── ImportRefused      a foreign conversion rule that no profile can express
└── FitRefused         points that do not determine a profile
"""

from collections.abc import Sequence


class ConversionError(Exception):
    """Root of the library's errors."""


class InvalidProfile(ConversionError):
    """A profile that cannot be compiled: `errors` holds (JSON pointer, detail) for each fault."""

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{pointer or '/'}: {detail}" for pointer, detail in self.errors))


class NotInvertible(ConversionError):
    """Several raw values give the same physical value, or the kind has no inverse."""


class ImportRefused(ConversionError):
    """A rule of another format that can't be read, or that no kind of profile expresses."""

    def __init__(self, rule: str, reason: str) -> None:
        self.rule = rule
        self.reason = reason
        super().__init__(f"{rule}: {reason}")


class FitRefused(ConversionError):
    """The points, or what is asked of their fit, do not determine a profile."""
