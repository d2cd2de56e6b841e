"""`send`: the readings of a file or a pipe, as a gateway would send them."""

import argparse
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from barograph_client.commands.progress import ProgressLine
from barograph_client.commands.sending.given_rows import RowFault, RowForm, read_rows
from barograph_client.commands.target import add_target_options, target_of
from barograph_client.streaming.sender import Sender

MAX_TOLD = 20


SEND_HELP = "send readings of CSV or JSON lines"
SEND_ABOUT = (
    "Columns are sensor, time and value, or time and a column for each sensor. A file that is sent twice is "
    "stored twice; `barograph import` takes each file once."
)


def add_send_options(parser: argparse.ArgumentParser) -> None:
    """Make it the parser of this command."""
    parser.description = SEND_ABOUT
    add_target_options(parser, "send")
    parser.add_argument("file", type=Path, nargs="?", help="standard input, as it comes, unless given")
    parser.add_argument("--format", choices=("csv", "ndjson"), help="else by the file's name; csv of a pipe")
    parser.add_argument("--time-unit", choices=("s", "ms", "us", "ns"), help="of times that are numbers")
    parser.add_argument("--utc", action="store_true", help="times without a zone are UTC")
    parser.add_argument(
        "--historical",
        action="store_true",
        help="the readings are old: they move no live picture and no alarm",
    )
    parser.set_defaults(run=send_rows)


def send_rows(asked: argparse.Namespace) -> int:
    """The command; 1 if a line could not be read or a reading was rejected."""
    form: RowForm = asked.format or ("ndjson" if asked.file and "json" in asked.file.suffix else "csv")
    progress, faults, sent = ProgressLine(), 0, 0
    with _opened(asked.file) as counted, _sender(asked) as sender:
        for each in read_rows(counted, form, unit=asked.time_unit, zone_is_utc=asked.utc):
            if isinstance(each, RowFault):
                faults += 1
                _tell(each, faults)
                continue
            sender.record(each.sensor, each.value, each.t_us)
            sent += 1
            if progress.is_due:
                progress.say(sent, counted.share, sender.trouble)
    stored = sender.accepted + sender.duplicate
    progress.finish(sent, f"{stored:,} stored, {sender.rejected:,} rejected, {faults:,} lines with faults")
    return 1 if faults or sender.rejected else 0


def _sender(asked: argparse.Namespace) -> Sender:
    target = target_of(asked)
    return Sender(
        target.url,
        target.token,
        target.producer,
        spool=target.spool,
        historical=asked.historical,
        exit_within_s=None,
    )


class CountedLines:
    """The lines of a text, and how much of it has been read.

    Attributes:
        share: None where nobody knows how much there is.
    """

    def __init__(self, file: IO[bytes], size_bytes: int | None) -> None:
        self._file, self._size_bytes, self._read_bytes = file, size_bytes, 0

    @property
    def share(self) -> float | None:
        return self._read_bytes / self._size_bytes if self._size_bytes else None

    def __iter__(self) -> Iterator[str]:
        for line in self._file:
            self._read_bytes += len(line)
            yield line.decode("utf-8", "replace")


@contextmanager
def _opened(path: Path | None) -> Generator[CountedLines]:
    if path is None:
        yield CountedLines(sys.stdin.buffer, None)
        return
    with path.open("rb") as file:
        yield CountedLines(file, path.stat().st_size)


def _tell(fault: RowFault, count: int) -> None:
    if count <= MAX_TOLD:
        print(f"line {fault.line}: {fault.why}", file=sys.stderr)  # noqa: T201 - a command's answer
    elif count == MAX_TOLD + 1:
        print("further lines that can't be read are only counted", file=sys.stderr)  # noqa: T201
