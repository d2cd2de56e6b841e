"""A comparison as JSON, in pieces: no call holds the interpreter for long."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic_core import to_json

from api.comparisons.answers.answer import Comparison, MemberAnswer
from api.comparisons.answers.differences import columns_of
from api.comparisons.computed.columns import ElapsedGrid, StepGrid
from api.comparisons.members import id_of
from barograph.times import format_us


def document_of(answer: Comparison) -> Iterator[bytes]:
    """The whole, as `ComparisonAnswer` describes it."""
    yield b'{"grid":' + to_json(answer.grid.shown) + b',"members":['
    for place, member in enumerate(answer.members):
        yield b"," if place else b""
        yield from _member(answer, member)
    yield b'],"spread":['
    yield from _joined(_spread(answer))
    yield b'],"difference":['
    yield from _joined(_differences(answer))
    rest = {"summary": list(_summary(answer)), "params": params_of(answer), "meta": answer.meta}
    yield b"]," + to_json(rest, inf_nan_mode="null")[1:]


def params_of(answer: Comparison) -> list[dict[str, Any]]:
    """Parameters side by side, those that differ first."""
    of_members: list[Mapping[str, Any]] = [each.member.row["params"] for each in answer.members]
    names = dict.fromkeys(name for params in of_members for name in params)
    rows = [_parameter(name, [params.get(name) for params in of_members]) for name in names]
    return sorted(rows, key=lambda row: not row["differs"])


def _parameter(name: str, values: list[Any]) -> dict[str, Any]:
    return {"name": name, "values": values, "differs": any(value != values[0] for value in values)}


def _member(answer: Comparison, each: MemberAnswer) -> Iterator[bytes]:
    member = each.member
    head = member.names | {
        "name": member.title,
        "project_id": member.row["project_id"],
        "t0": None if each.zero.t_us is None else format_us(each.zero.t_us),
        "offset_us": each.offset_us,
        "shift_us": answer.question.shift_us.get(id_of(member), 0),
        "shift_steps": answer.question.shift_steps.get(id_of(member), 0),
        "problem": each.zero.problem,
        "runs_on": member.runs_on,
    }
    yield to_json(head)[:-1] + b',"series":['
    for place, series in enumerate(each.series):
        sensor = None if answer.question.metrics else member.sensors[series.key]["public_id"]
        named = {"sensor_id": sensor, "key": series.key, "unit": answer.units[series.key]}
        yield b"," if place else b""
        yield from _columns(named, {"index": series.index} | series.columns)
    yield b"]}"


def _spread(answer: Comparison) -> Iterator[Iterator[bytes]]:
    for key, found in answer.spread.items():
        columns = columns_of(found, "index", "members", "min", "max", "mean", "stddev")
        yield _columns({"key": key, "unit": answer.units[key]}, columns)


def _differences(answer: Comparison) -> Iterator[Iterator[bytes]]:
    for each, key, found in answer.difference:
        said = each.member.names | {
            "key": key,
            "unit": answer.units[key],
            "rms": found.rms,
            "max": found.largest,
            **_found_at(answer.grid, found.at),
        }
        yield _columns(said, columns_of(found, "index", "value"))


def _found_at(grid: ElapsedGrid | StepGrid, place: int | None) -> dict[str, int | None]:
    """Where a bucket begins, by time or by step."""
    at = None if place is None else grid.starts(np.array([place]))[1].tolist()[0]
    is_by_step = isinstance(grid, StepGrid)
    return {"at_us": None if is_by_step else at, "at_step": at if is_by_step else None}


def _summary(answer: Comparison) -> Iterator[dict[str, Any]]:
    for each in answer.members:
        for series in each.series:
            named = {"key": series.key, "unit": answer.units[series.key], "left_out": 0}
            yield each.member.names | named | series.total


def _joined(objects: Iterator[Iterator[bytes]]) -> Iterator[bytes]:
    for place, each in enumerate(objects):
        yield b"," if place else b""
        yield from each


def _columns(said: Mapping[str, Any], columns: Mapping[str, NDArray[Any]]) -> Iterator[bytes]:
    """An object of some values, and of columns."""
    yield to_json(said, inf_nan_mode="null")[:-1]
    for name, column in columns.items():
        yield b"," + to_json(name) + b":" + to_json(column.tolist(), inf_nan_mode="null")
    yield b"}"
