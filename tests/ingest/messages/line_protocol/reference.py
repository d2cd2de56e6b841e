"""Line protocol read character by character, as plainly as its rules are told in docs/telegraf.md."""

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

TRUE = {"t", "T", "true", "True", "TRUE"}
FALSE = {"f", "F", "false", "False", "FALSE"}
UNITS_NS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


class PlainReading(NamedTuple):
    """A reading; `value` is "string" for a string."""

    key: str
    t_us: int
    value: float | str


class BadLine(Exception):
    pass


def read_plainly(body: bytes, precision: str, now_us: int) -> tuple[list[PlainReading], int]:
    """The readings of all lines that can be read, and how many lines can't."""
    readings: list[PlainReading] = []
    bad = 0
    # Bytes as characters, so that a line that is no UTF-8 costs no other.
    for line in split_lines(body.decode("latin-1").replace("\r\n", "\n")):
        try:
            readings += read_line(line, precision, now_us)
        except BadLine:
            bad += 1
    return readings, bad


def split_lines(body: str) -> Iterator[str]:
    """Lines end with a newline that stands in no string. A string that never ends is none."""
    start = at = 0
    while at < len(body):
        if body[at] == '"' and opens_string(body[start:at]):
            end = string_end(body, at)
            at = at + 1 if end is None else end
        elif body[at] == "\n":
            yield body[start:at]
            start = at = at + 1
        else:
            at += 1
    yield body[start:]


def opens_string(before: str) -> bool:
    """Whether a quotation mark after this begins a string: a value of a field does."""
    before = before.lstrip(" ")
    is_among_fields = find(before, " ", 0) is not None and not before.startswith("#")
    return is_among_fields and before.endswith("=") and not before.endswith("\\=")


def string_end(text: str, at: int) -> int | None:
    """Where the string ends that begins here. A backslash takes the next character with it."""
    at += 1
    while at < len(text):
        if text[at] == '"':
            return at + 1
        at += 2 if text[at] == "\\" else 1
    return None


def find(text: str, wanted: str, at: int) -> int | None:
    """The first of these characters that no backslash stands before."""
    while at < len(text):
        if text[at] in wanted and not (at and text[at - 1] == "\\"):
            return at
        at += 1
    return None


def read_line(line: str, precision: str, now_us: int) -> list[PlainReading]:
    line = line.lstrip(" ")
    if not line or line.startswith("#"):
        return []
    key_end = find(line, " ", 0)
    if key_end is None:
        raise BadLine
    measurement, tags = read_key(line[:key_end])
    fields, rest = read_fields(line, key_end)
    t_us = read_time(rest, precision) if rest else now_us
    written = "".join(f",{name}={tags[name]}" for name in sorted(tags))
    keys = [f"{measurement}{written}.{name}" for name, _ in fields]
    if any(len(key) > 500 for key in keys):
        raise BadLine
    return [PlainReading(key, t_us, value) for key, (_, value) in zip(keys, fields, strict=True)]


def read_key(key: str) -> tuple[str, dict[str, str]]:
    measurement, *pairs = split(key, ",")
    if not measurement:
        raise BadLine
    tags: dict[str, str] = {}
    for pair in pairs:
        parts = split(pair, "=")
        if len(parts) != 2 or not all(parts) or text(parts[0]) in tags:
            raise BadLine
        tags[text(parts[0])] = text(parts[1])
    return text(measurement), tags


def split(written: str, separator: str) -> list[str]:
    """Between separators that no backslash stands before."""
    parts: list[str] = []
    start = 0
    while (at := find(written, separator, start)) is not None:
        parts.append(written[start:at])
        start = at + 1
    return [*parts, written[start:]]


def text(written: str) -> str:
    """Without the backslashes before separators."""
    try:
        plain = re.sub(r"\\([,= ])", r"\1", written).encode("latin-1").decode()
    except UnicodeDecodeError:
        raise BadLine from None
    if "\0" in plain:
        raise BadLine
    return plain


def read_fields(line: str, at: int) -> tuple[list[tuple[str, float | str]], str]:
    """The fields from there on, and what is written behind them."""
    while at < len(line) and line[at] == " ":
        at += 1
    fields: list[tuple[str, float | str]] = []
    while True:
        equals = find(line, "=, ", at)
        if equals is None or line[equals] != "=" or equals == at:
            raise BadLine
        end = value_end(line, equals + 1)
        fields.append((text(line[at:equals]), read_value(line[equals + 1 : end])))
        if end == len(line) or line[end] == " ":
            return fields, line[end:].strip(" ")
        at = end + 1


def value_end(line: str, at: int) -> int:
    if line[at : at + 1] == '"':
        after = string_end(line, at)
        if after is None:
            raise BadLine
        at = after
    end = find(line, ", ", at)
    return len(line) if end is None else end


def read_value(written: str) -> float | str:
    if written in TRUE | FALSE:
        return float(written in TRUE)
    if written.startswith('"') and string_end(written, 0) == len(written):
        return "string"
    if re.fullmatch(r"[+-]?\d+i", written, re.ASCII) and -(2**63) <= int(written[:-1]) < 2**63:
        return float(int(written[:-1]))
    if re.fullmatch(r"\d+u", written, re.ASCII) and int(written[:-1]) < 2**64:
        return float(int(written[:-1]))
    is_float = re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", written, re.ASCII)
    if is_float and math.isfinite(float(written)):
        return float(written)
    raise BadLine


def read_time(written: str, precision: str) -> int:
    if not re.fullmatch(r"-?\d+", written, re.ASCII):
        raise BadLine
    t_us = int(written) * UNITS_NS[precision] // 1000
    if not -(2**63) < t_us < 2**63 - 1:
        raise BadLine
    return t_us
