"""Commands for whoever stands at the gateway: `python -m barograph_client` `send`, `simulate`, `spool`."""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from barograph_client.commands.sending.command import SEND_HELP, add_send_options
from barograph_client.commands.simulation.command import SIMULATE_HELP, add_simulate_options
from barograph_client.errors import StreamEnded, in_words
from barograph_client.spool.failures import SpoolError
from barograph_client.spool.inspection import SpoolFolder, SpoolReport

REFUSED = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked; the exit code: 1 if it can't be done, or something is damaged."""
    asked = _parser().parse_args(arguments)
    try:
        return asked.run(asked)
    except (SpoolError, StreamEnded, OSError, ValueError) as error:
        print(in_words(error), file=sys.stderr)  # noqa: T201 - a command's answer
        return REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m barograph_client", description=__doc__)
    nouns = parser.add_subparsers(required=True, metavar="NOUN")
    add_send_options(nouns.add_parser("send", help=SEND_HELP))
    add_simulate_options(nouns.add_parser("simulate", help=SIMULATE_HELP))
    spool = nouns.add_parser("spool", help="what a gateway has not sent yet")
    verbs = spool.add_subparsers(required=True, metavar="VERB")
    for name, (run, purpose) in _VERBS.items():
        verb = verbs.add_parser(name, help=purpose)
        verb.add_argument("folder", type=Path)
        verb.set_defaults(run=run)
        for option, settings in _OPTIONS.get(name, {}).items():
            verb.add_argument(option, **settings)
    return parser


def _inspect(asked: argparse.Namespace) -> int:
    report = SpoolFolder(asked.folder).report()
    if asked.json:
        print(json.dumps(asdict(report), default=str, indent=1))  # noqa: T201
    else:
        for line in _lines(report):
            print(line)  # noqa: T201
    return 0


def _verify(asked: argparse.Namespace) -> int:
    damage = list(SpoolFolder(asked.folder).damage())
    for each in damage:
        print(each)  # noqa: T201
    if not damage:
        print("Everything can be read.")  # noqa: T201
    return 0 if all(each.is_torn for each in damage) else REFUSED


def _export(asked: argparse.Namespace) -> int:
    folder = SpoolFolder(asked.folder)
    with _output(asked.output) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("sensor", "time", "value"))
        for frame in folder.frames(is_settled_too=asked.all):
            for channel, t_us, value in zip(frame.channel, frame.t_us, frame.value, strict=True):
                writer.writerow((folder.channels[int(channel)], _time(int(t_us)), repr(float(value))))
    return 0


@contextmanager
def _output(path: Path | None) -> Generator[TextIO]:
    if path is None:
        yield sys.stdout
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            yield file


def _time(t_us: int) -> str:
    """ISO 8601, or the number where there is no such date."""
    try:
        return (
            (_EPOCH + timedelta(microseconds=t_us)).isoformat(timespec="microseconds").replace("+00:00", "Z")
        )
    except OverflowError:
        return str(t_us)


def _lines(report: SpoolReport) -> Iterator[str]:
    yield f"producer    {report.producer}, {report.sensors} sensors"
    yield f"on disk     {report.size_bytes:,} bytes in {report.segments} files, {report.frames:,} frames"
    since = f" since {report.oldest_waiting_at:%Y-%m-%d %H:%M:%S}Z" if report.oldest_waiting_at else ""
    yield f"waiting     {report.waiting_frames:,} frames, {report.waiting_readings:,} readings{since}"
    if report.first_seq is not None:
        yield f"seqs        {report.first_seq} to {report.last_seq}"
    yield f"given up    {report.given_up.frames:,} frames, {report.given_up.readings:,} readings"
    for damage in report.damage:
        yield f"damaged     {damage}"


_VERBS: dict[str, tuple[Callable[[argparse.Namespace], int], str]] = {
    "inspect": (_inspect, "say what is in a spool, also while a gateway uses it"),
    "verify": (_verify, "read every byte, and say what is damaged"),
    "export": (_export, "write the readings that have no ack, as CSV that can be imported"),
}
_OPTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "inspect": {"--json": {"action": "store_true", "help": "as JSON"}},
    "export": {
        "--all": {"action": "store_true", "help": "also those that were acknowledged and kept"},
        "--output": {"type": Path, "help": "a file; standard output if it is left out"},
    },
}
