"""A finding of `doctor`: what was looked at, how it is, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A thing that was looked at. `advice` says what to do, and is empty if all is well."""

    subject: str
    detail: str
    advice: str = ""

    def __str__(self) -> str:
        mark = "PROBLEM" if self.advice else "ok"
        advice = f"\n{'':9}-> {self.advice}" if self.advice else ""
        return f"{mark:8} {self.subject}: {self.detail}{advice}"
