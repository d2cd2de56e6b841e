"""Calibrations: versions, fits, and converting what is stored anew."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from barograph_client.analysis.answers.html_tables import details
from barograph_client.analysis.answers.items import BackfillInfo, ProfileInfo
from barograph_client.analysis.answers.tables import items_frame
from barograph_client.analysis.extra import pl
from barograph_client.analysis.moments import Moment, moment
from barograph_client.analysis.problems import JobEnded
from barograph_client.analysis.references import (
    Reference,
    References,
    optional_id,
    optional_run_id,
    reference_of,
    references_of,
)
from barograph_client.analysis.scope import ClientPart
from barograph_client.analysis.transport.transport import ApiTransport

POLL_S = 0.3
_ENDED = frozenset({"finished", "failed", "cancelled", "undone"})


@dataclass(frozen=True)
class FitResult:
    """A profile that was fitted to points, not saved yet. `fields` has all that the API says of the fit."""

    kind: str
    payload: Mapping[str, Any]
    rms: float
    residuals: Sequence[float]
    fields: Mapping[str, Any]

    def _repr_html_(self) -> str:
        return details("Fit", {name: self.fields[name] for name in ("kind", "payload", "rms", "residuals")})


class BackfillJob:
    """A backfill that was asked for. `wait` watches it to its end."""

    def __init__(self, api: ApiTransport, answered: Mapping[str, Any]) -> None:
        self._api, self.info = api, BackfillInfo.read(answered)

    @property
    def id(self) -> str:
        return self.info.id

    @property
    def status(self) -> str:
        """The status at the last look; `refresh` takes another one."""
        return self.info.status

    @property
    def effect(self) -> pl.DataFrame:
        """For each sensor how many readings there are and change, by how much at the mean and at most."""
        return items_frame(self.info.effect)

    def refresh(self) -> Self:
        """Looks again."""
        self.info = BackfillInfo.read(self._api.get(f"/backfills/{self.id}"))
        return self

    def wait(
        self, timeout_s: float | None = None, progress: Callable[[BackfillInfo], None] | None = None
    ) -> Self:
        """Waits until it has ended.

        Raises:
            JobEnded: it has failed, or was cancelled or paused.
            TimeoutError: it took longer. It goes on.
        """
        end_s = None if timeout_s is None else time.monotonic() + timeout_s
        while self.refresh().status not in {*_ENDED, "paused"}:
            if progress is not None:
                progress(self.info)
            if end_s is not None and time.monotonic() > end_s:
                raise TimeoutError(f"the backfill is still {self.status} after {timeout_s:g} s")
            time.sleep(POLL_S)
        if self.status not in {"finished", "undone"}:
            why = f": {self.info.error}" if self.info.error else ""
            raise JobEnded(f"the backfill is {self.status}{why}", self.info.fields)
        return self

    def pause(self) -> Self:
        """Stops for now."""
        return self._act("pause")

    def resume(self) -> Self:
        """Goes on."""
        return self._act("resume")

    def cancel(self) -> Self:
        """Ends it for good; what it has done stays."""
        return self._act("cancel")

    def undo(self) -> Self:
        """Puts back what it has replaced; `wait` waits for that too."""
        return self._act("undo")

    def _act(self, act: str) -> Self:
        self.info = BackfillInfo.read(self._api.post(f"/backfills/{self.id}:{act}"))
        return self

    def __repr__(self) -> str:
        return f"<backfill, {self.status}, {self.info.readings_done:,} of {self.info.readings_total:,}>"

    def _repr_html_(self) -> str:
        return details("Backfill", self.info.fields)


class CalibratingPart(ClientPart):
    """Calibrations."""

    def fit(self, kind: str, points: Iterable[Sequence[float]], **options: object) -> FitResult:
        """Fits a profile to points of a certificate, each (raw, true) or (raw, true, uncertainty).

        Args:
            options: those of the kind, such as `degree=2` of a polynomial (`docs/conversion.md`).
        """
        body = {"kind": kind, "points": [list(map(float, point)) for point in points], **options}
        answer = self._api.post("/conversion-profiles:fit", body, is_repeatable=True)
        own = {name: answer[name] for name in ("kind", "payload", "rms", "residuals")}
        return FitResult(**own, fields=answer)

    def evaluate(
        self,
        kind: str | FitResult,
        raw: Iterable[float],
        payload: Mapping[str, Any] | None = None,
    ) -> pl.DataFrame:
        """What a profile makes of raw values, without saving anything: `raw`, `physical`, `flags`."""
        values = list(map(float, raw))
        body = {**_profile_fields(kind, payload), "raw": values}
        answer = self._api.post("/conversion-profiles:evaluate", body, is_repeatable=True)
        types = {"raw": pl.Float64, "physical": pl.Float64, "flags": pl.Int32}
        return pl.DataFrame({"raw": values, **{name: answer[name] for name in ("physical", "flags")}}, types)

    def add_profile(
        self,
        sensor: Reference,
        kind: str | FitResult,
        payload: Mapping[str, Any] | None = None,
        *,
        note: str = "",
    ) -> ProfileInfo:
        """Saves a new version of a sensor's calibration. It counts once it is activated, or by a backfill."""
        path = f"/sensors/{self._scope.sensor_id(sensor)}/conversion-profiles"
        body = {**_profile_fields(kind, payload), "note": note}
        return ProfileInfo.read(self._api.create(path, body))

    def activate(
        self, profile: Reference, start: Moment | None = None, end: Moment | None = None
    ) -> ProfileInfo:
        """Has a version count for readings of `[start, end)`; from now on, unless that is given.

        A sensor's first version counts from the beginning of time. What is stored already is converted anew
        by `backfill`.
        """
        given = {"valid_from": moment(start), "valid_to": moment(end)}
        body = {name: value for name, value in given.items() if value is not None}
        return ProfileInfo.read(
            self._api.post(f"/conversion-profiles/{reference_of(profile)}:activate", body)
        )

    def backfill(
        self,
        reason: str,
        *,
        sensors: References | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        run: Reference | None = None,
        capture_session: Reference | None = None,
        profile: Reference | None = None,
        dry_run: bool = False,
    ) -> BackfillJob:
        """Converts stored readings anew, by the versions that count at their times, or by a named one.

        Args:
            reason: for the audit trail.
            profile: gets the period first; of one sensor.
            dry_run: finds out what would change, and changes nothing.
        """
        named = references_of(sensors)
        body = {
            "sensors": [self._scope.sensor_id(each) for each in named] or None,
            "from": moment(start),
            "to": moment(end),
            "run": optional_run_id(run),
            "capture_session": optional_id(capture_session),
            "profile": optional_id(profile),
            "reason": reason,
            "dry_run": dry_run,
        }
        asked = {name: value for name, value in body.items() if value is not None}
        return BackfillJob(self._api, self._api.create(f"{self._scope.project_path}/backfills", asked))

    def get_backfill(self, backfill: Reference) -> BackfillJob:
        """One that was asked for earlier, by its id."""
        return BackfillJob(self._api, self._api.get(f"/backfills/{reference_of(backfill)}"))


def _profile_fields(kind: str | FitResult, payload: Mapping[str, Any] | None) -> dict[str, Any]:
    if isinstance(kind, str):
        return {"kind": kind, "payload": dict(payload or {})}
    return {"kind": kind.kind, "payload": dict(kind.payload)}
