"""Measures: numbers about runs that are made from readings, and stay right when these change."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from barograph_client.analysis.answers.items import AnsweredItem
from barograph_client.analysis.answers.listing import ItemList
from barograph_client.analysis.answers.tables import items_frame
from barograph_client.analysis.extra import pl
from barograph_client.analysis.references import Reference, reference_of, run_id_of
from barograph_client.analysis.scope import ClientPart

POLL_S = 0.3
# Columns of a run's measures, and what they hold.
_KINDS: Mapping[str, Any] = {
    "name": str,
    "value": float,
    "unit": str,
    "readings": int,
    "ordinal": int,
    "capture_session_id": str,
    "is_stale": bool,
    "is_kept": bool,
    "problem": str,
    "profiles": list[str],
}


@dataclass(frozen=True, kw_only=True)
class MeasureInfo(AnsweredItem):
    """What a project measures of its runs."""

    name: str
    sensor: str
    stat: str
    over: str
    layer: str = "physical"
    when: dict[str, Any] | None = field(default=None)


class MeasuringPart(ClientPart):
    """Measures."""

    def add_measure(
        self,
        name: str,
        sensor: Reference,
        stat: str,
        *,
        over: Literal["run", "capture_session"] = "run",
        layer: Literal["physical", "raw"] = "physical",
        when: Mapping[str, object] | None = None,
    ) -> MeasureInfo:
        """Defines a measure: `client.add_measure("max_p1", "p1", "max")`.

        Args:
            sensor: its key.
            when: counts only the time when `{"sensor": key, "above": value}`, or `below`.
        """
        body = {"name": name, "sensor": reference_of(sensor), "stat": stat, "over": over, "layer": layer}
        condition = {} if when is None else {"when": dict(when)}
        path = f"{self._scope.project_path}/measures"
        return MeasureInfo.read(self._api.create(path, {**body, **condition}))

    def measure_definitions(self) -> ItemList[MeasureInfo]:
        """What the project measures."""
        return ItemList(
            lambda limit: self._api.items(f"{self._scope.project_path}/measures", limit=limit),
            MeasureInfo,
            ("name", "sensor", "stat", "layer", "over", "when"),
            "measure",
        )

    def measures(self, run: Reference, *, wait_s: float = 0.0) -> pl.DataFrame:
        """The measures of a run, with the versions of calibrations that made them (`profiles`).

        Args:
            wait_s: waits for so long at most until none of them is pending or stale.

        Raises:
            TimeoutError: some still are.
        """
        end_s = time.monotonic() + wait_s
        while True:
            answer = self._api.get(f"/runs/{run_id_of(run)}/measures")
            is_current = not answer["is_pending"] and not any(each["is_stale"] for each in answer["items"])
            if is_current or wait_s <= 0:
                return items_frame([_measured(each) for each in answer["items"]], _KINDS)
            if time.monotonic() > end_s:
                raise TimeoutError(f"measures are still being computed after {wait_s:g} s")
            time.sleep(POLL_S)


def _measured(each: Mapping[str, Any]) -> dict[str, Any]:
    numbers = [str(version["number"]) for version in each["profiles"]]
    return {name: each[name] for name in _KINDS if name != "profiles"} | {"profiles": numbers}
