"""Runs over one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from barograph_client.analysis.answers.html_tables import listing
from barograph_client.analysis.answers.tables import items_frame
from barograph_client.analysis.extra import pl
from barograph_client.analysis.references import (
    Reference,
    References,
    optional_id,
    reference_of,
    references_of,
    run_id_of,
)
from barograph_client.analysis.scope import ClientPart

Alignment = str | Mapping[str, object]
_SHOWN = ("name", "key", "unit", "count", "min", "mean", "max", "stddev")


class RunComparison:
    """What runs measured, on one grid of time since each one's T0. `answer` is all that the API says."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self.answer = answer
        self._names = _unlike({_member(each): each["name"] for each in answer["members"]})

    @cached_property
    def frame(self) -> pl.DataFrame:
        """A row for each run, sensor and bucket: `name`, `key`, `unit`, `elapsed_us` and the statistics."""
        rows = [
            self._columns(series, {"run_id": each["run_id"], "name": self._names[_member(each)]})
            for each in self.answer["members"]
            for series in each["series"]
        ]
        return pl.concat(rows, how="diagonal_relaxed") if rows else pl.DataFrame()

    @cached_property
    def spread(self) -> pl.DataFrame:
        """For each sensor and bucket, over runs: how many, `min`, `max`, `mean`, `stddev`."""
        rows = [self._columns(each, {}) for each in self.answer["spread"]]
        return pl.concat(rows, how="diagonal_relaxed") if rows else pl.DataFrame()

    @cached_property
    def difference(self) -> pl.DataFrame:
        """How far each run and sensor is from the baseline: `rms`, the largest (`max`, signed), and when."""
        kept = ("key", "unit", "rms", "max", "at_us", "at_step")
        rows = [
            {
                "name": self._names[_member(each)],
                "run_id": each["run_id"],
                **{name: each.get(name) for name in kept},
            }
            for each in self.answer["difference"]
        ]
        return items_frame(rows)

    @cached_property
    def summary(self) -> pl.DataFrame:
        """For each run and sensor over all of its values: `count`, `min`, `max`, `mean`, `stddev`. Exact."""
        return items_frame(self._summaries())

    @cached_property
    def params(self) -> pl.DataFrame:
        """A row for each parameter, a column for each run; those that differ come first."""
        names = list(self._names.values())
        return items_frame(
            [
                {
                    "param": each["name"],
                    "differs": each["differs"],
                    **dict(zip(names, each["values"], strict=True)),
                }
                for each in self.answer["params"]
            ]
        )

    @property
    def problems(self) -> dict[str, str]:
        """Why runs could not be compared, by name."""
        return {each["name"]: each["problem"] for each in self.answer["members"] if each["problem"]}

    def _columns(self, series: Mapping[str, Any], own: Mapping[str, str]) -> pl.DataFrame:
        index = self._places(series["index"])
        said = {**own, "key": series["key"], "unit": series["unit"]}
        texts = [pl.Series(name, [value] * len(index), pl.String) for name, value in said.items()]
        values = [
            pl.Series(name, series[name], pl.Int64 if name in {"count", "members"} else pl.Float64)
            for name in series
            if name != "index" and isinstance(series[name], list)
        ]
        return pl.DataFrame([*texts, index, *values])

    def _places(self, index: Sequence[int]) -> pl.Series:
        """Where buckets begin: by time since T0, or by step."""
        grid = self.answer["grid"]
        if grid.get("bucket_us") is None:
            return pl.Series("step", index, pl.Int64) * grid["bucket_steps"] + grid["start_step"]
        return pl.Series("elapsed_us", index, pl.Int64) * grid["bucket_us"] + grid["start_us"]

    def _summaries(self) -> list[dict[str, Any]]:
        return [{"name": self._names[_member(each)], **each} for each in self.answer["summary"]]

    def __repr__(self) -> str:
        return f"<comparison of {', '.join(self._names.values())}>"

    def _repr_html_(self) -> str:
        problems = "; ".join(f"{name}: {problem}" for name, problem in self.problems.items())
        return listing(self._summaries(), _SHOWN, problems)


class ComparingPart(ClientPart):
    """Comparisons."""

    def compare(
        self,
        runs: Sequence[Reference] = (),
        sensors: References = (),
        *,
        metrics: str | Sequence[str] = (),
        capture_sessions: Sequence[Reference] = (),
        align: Alignment = "start",
        shift_us: Mapping[str, int] | None = None,
        from_us: int | None = None,
        to_us: int | None = None,
        columns: int | None = None,
        stat: str | None = None,
        layer: str | None = None,
        baseline: Reference | None = None,
        **question: object,
    ) -> RunComparison:
        """Lays 2 to 20 runs over one another: `client.compare(runs, ["p1"], align={"annotation": "lit"})`.

        Args:
            sensors: their keys.
            metrics: names of metrics in place of sensors, by step; with `by="time"` by the time since T0.
            capture_sessions: in place of runs.
            align: what each one's time is counted from (`docs/comparisons.md`, What T0 is).
            shift_us: by id of a run, how much later its T0 is.
            from_us, to_us: bounds of the time since T0.
            baseline: what differences are to; the first run, unless it is named.
            question: anything else that the API takes.
        """
        named = "capture_sessions" if capture_sessions else "runs"
        body = {
            named: [*map(reference_of, capture_sessions)] or [*map(run_id_of, runs)],
            "sensors": references_of(sensors) or None,
            "metrics": references_of(metrics) or None,
            "align": align,
            "shift_us": shift_us,
            "from_us": from_us,
            "to_us": to_us,
            "columns": columns,
            "stat": stat,
            "layer": layer,
            "baseline": optional_id(baseline),
            **question,
        }
        asked = {name: value for name, value in body.items() if value is not None}
        return RunComparison(self._api.post("/comparisons", asked, is_repeatable=True))


def _unlike(names: dict[str, str]) -> dict[str, str]:
    """Where several are called the same, with the beginnings of their ids."""
    taken = list(names.values())
    return {key: f"{name} ({key[:8]})" if taken.count(name) > 1 else name for key, name in names.items()}


def _member(each: Mapping[str, Any]) -> str:
    return each["capture_session_id"] or each["run_id"]
