"""What does it cost to read a body in a parser instead of a thread of the program?

Parser: `barograph.parsing`, a process with limits, to which the body goes and from which columns come.
Baseline: the same function called here. Both read the same body in turn. Data: 100,000 readings of
50 sensors, and one reading. The baseline holds Python's lock while it reads JSON, a parser does not.

Wanted: at most twice the time for large bodies; a few milliseconds for a small one.

Run: `python -m benchmarks.parsing`.

Last result (26 November 2026, medians of nine, two cores that others used too; a parser started in 1.4 s):

| body             | bytes     | in a thread, ms | in a parser, ms | ratio |
| ---------------- | --------- | --------------- | --------------- | ----- |
| CSV              | 4,043,685 | 43.8            | 37.2            | 0.85  |
| Parquet          | 947,573   | 15.3            | 17.4            | 1.13  |
| Arrow            | 3,200,496 | 12.5            | 23.3            | 1.87  |
| JSON             | 7,443,678 | 338.0           | 316.5           | 0.94  |
| CSV, one reading | 42        | 3.0             | 3.9             | 1.27  |
"""

import io
import json
import statistics
import time
from collections.abc import Callable, Mapping

import numpy as np
import polars as pl

from barograph.parsing.limits import ParserLimits
from barograph.parsing.parser import Parser
from barograph.parsing.task import ParserTask
from benchmarks.table import print_table
from ingest.messages.parse import Body, parse_arrow, parse_csv, parse_json, parse_parquet

READINGS = 100_000
REPEATS = 9
Parse = Callable[[bytes], Body]


def main() -> None:
    """Measures every format, and prints the table."""
    with Parser(ParserLimits(), "ingest.messages.parse") as parser:
        started_s = time.perf_counter()
        parser.ask(ParserTask(parse_csv, (b"sensor,t_us,value\na,1,2\n",)))
        print(f"a parser starts in {time.perf_counter() - started_s:.2f} s\n")
        rows = [measured(parser, name, *case) for name, case in cases().items()]
    print_table("Readings of a body", ("body", "bytes", "in a thread, ms", "in a parser, ms", "ratio"), rows)


def cases() -> Mapping[str, tuple[Parse, bytes]]:
    """The functions and their bodies."""
    number = np.arange(READINGS)
    table = pl.DataFrame(
        {
            "sensor": [f"s{i % 50}" for i in range(READINGS)],
            "t_us": number * 1000 + 1_700_000_000_000_000,
            "value": np.sin(number),
        }
    )
    parquet, arrow = io.BytesIO(), io.BytesIO()
    table.write_parquet(parquet)
    table.write_ipc_stream(arrow)
    return {
        "CSV": (parse_csv, table.write_csv().encode()),
        "Parquet": (parse_parquet, parquet.getvalue()),
        "Arrow": (parse_arrow, arrow.getvalue()),
        "JSON": (parse_json, json.dumps({"readings": table.to_dicts()}).encode()),
        "CSV, one reading": (parse_csv, table.head(1).write_csv().encode()),
    }


def measured(parser: Parser, name: str, parse: Parse, body: bytes) -> tuple[str, ...]:
    """A row of the table."""
    here_ms: list[float] = []
    there_ms: list[float] = []
    for _ in range(REPEATS):
        here_ms.append(taken_ms(lambda: parse(body)))
        there_ms.append(taken_ms(lambda: parser.ask(ParserTask(parse, (body,)))))
    here, there = statistics.median(here_ms), statistics.median(there_ms)
    return name, f"{len(body):,}", f"{here:.1f}", f"{there:.1f}", f"{there / here:.2f}"


def taken_ms(work: Callable[[], object]) -> float:
    """How long it takes."""
    started_s = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started_s)


if __name__ == "__main__":
    main()
