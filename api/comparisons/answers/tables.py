"""A comparison as a table: a row for each member, sensor and bucket (long), or one for each bucket (wide)."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from api.comparisons.answers.answer import Comparison, MemberAnswer
from api.comparisons.answers.differences import lay_out
from api.comparisons.computed.columns import MemberSeries
from api.edge.tables.sensor_tables import MAX_CELLS, Shape
from api.edge.tables.table_answers import NotedTable
from barograph.errors import Invalid

_TEXTS = ("run_id", "capture_session_id", "name", "sensor_id", "key", "unit")


def table_of(answer: Comparison, shape: Shape) -> NotedTable:
    """The table of a comparison, in this shape.

    Raises:
        Invalid: a wide table would be too large.
    """
    return _long(answer) if shape == "long" else _wide(answer)


def _long(answer: Comparison) -> NotedTable:
    found = list(_all_series(answer))
    row = np.repeat(np.arange(len(found)), [series.index.size for _, series in found])
    texts = [_texts(answer, *each) for each in found]
    columns = [pl.Series(name, [each[name] for each in texts], pl.String).gather(row) for name in _TEXTS]
    columns.append(_starts(answer, _joined([s.index for _, s in found])))
    names = found[0][1].columns if found else ()
    columns += [pl.Series(name, _joined([s.columns[name] for _, s in found])) for name in names]
    return NotedTable(pl.DataFrame(columns), {})


def _wide(answer: Comparison) -> NotedTable:
    """A row for each bucket, and in it the statistic asked for of each member and sensor."""
    found, stat, grid = list(_all_series(answer)), answer.question.stat, answer.grid
    if grid.n * len(found) > MAX_CELLS:
        raise Invalid(f"the table has more than {MAX_CELLS:,} cells; ask for shape=long, or for less")
    texts = [_texts(answer, *each) for each in found]
    names = _unlike([f"{each['key']} {each['name']}" for each in texts], texts)
    held = np.unique(_joined([series.index for _, series in found]).astype(np.int64))
    columns = [_starts(answer, held)]
    notes = dict[str, dict[str, str]]()
    for (_, series), text, start in zip(found, texts, names, strict=True):
        name = f"{start} {stat}" + (f" [{text['unit']}]" if text["unit"] else "")
        columns.append(pl.Series(name, lay_out(grid.n, series.index, series.columns[stat])[held]))
        notes[name] = {key: value or "" for key, value in text.items()} | {"stat": stat}
    return NotedTable(pl.DataFrame(columns), notes)


def _all_series(answer: Comparison) -> Iterator[tuple[MemberAnswer, MemberSeries]]:
    for member in answer.members:
        for series in member.series:
            yield member, series


def _texts(answer: Comparison, each: MemberAnswer, series: MemberSeries) -> dict[str, str | None]:
    member = each.member
    session = member.row["capture_session_id"]
    return {
        "run_id": str(member.row["run_id"]),
        "capture_session_id": None if session is None else str(session),
        "name": member.title,
        "sensor_id": None if answer.question.metrics else str(member.sensors[series.key]["public_id"]),
        "key": series.key,
        "unit": answer.units[series.key],
    }


def _unlike(names: list[str], texts: list[dict[str, str | None]]) -> list[str]:
    """Makes names unlike: where two would be the same, all end with the ids of their members."""
    if len(set(names)) == len(names):
        return names
    ids = [each["capture_session_id"] or each["run_id"] for each in texts]
    return [f"{name} ({member})" for name, member in zip(names, ids, strict=True)]


def _starts(answer: Comparison, index: NDArray[np.int64]) -> pl.Series:
    """Where buckets begin."""
    name, column = answer.grid.starts(index)
    return pl.Series(name, column, pl.Int64)


def _joined(columns: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate(columns) if columns else np.empty(0, np.int64)
