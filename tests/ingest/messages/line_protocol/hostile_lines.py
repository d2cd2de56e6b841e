"""Bodies of line protocol made to take time or room."""

from collections.abc import Mapping

SIZE = 2**18
HOSTILE_LINES: Mapping[str, bytes] = {
    "lines that are none": b"a\n" * 90_000,
    "lines with two spaces": b"m  v=1\n" * (SIZE // 7),
    "one line of spaces": b" " * SIZE,
    "one line of commas": b"," * SIZE,
    "one line of equals signs": b"m " + b"=" * SIZE,
    "one line of fields": b"m " + b"v=1," * (SIZE // 4) + b"v=1",
    "one line of tags": b"m" + b",t=1" * (SIZE // 4) + b" v=1",
    "backslashes": b"\\" * SIZE + b" v=1",
    "spaces behind backslashes": b"\\ " * (SIZE // 2) + b' v="',
    "quotation marks": b'"' * SIZE,
    "strings that never end": b'm v="x\n' * (SIZE // 7),
    "quotation marks behind escaped spaces": (b"\\ " * 50 + b'v="') * (SIZE // 105),
    "one long string": b'm v="' + b"x" * SIZE + b'"',
    "strings": b'm v="",w=1\n' * (SIZE // 11),
    "a series each": b"".join(b"m,t=%d v=1\n" % number for number in range(20_000)),
    "a field each": b"".join(b"m v%d=1\n" % number for number in range(20_000)),
    "long keys": (b"m,t=" + b"x" * 600 + b" v=1\n") * 1000,
    "long numbers": (b"m v=" + b"9" * 4000 + b"i 1\n") * 200,
    "long exponents": (b"m v=1e" + b"9" * 4000 + b" 1\n") * 200,
    "long times": (b"m v=1 " + b"9" * 4000 + b"\n") * 200,
    "zeros": b"\0" * SIZE,
    "no text": bytes(range(128, 256)) * 8000,
}
