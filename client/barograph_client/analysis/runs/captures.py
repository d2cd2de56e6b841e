"""Capture sessions, begun and ended by a script."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from barograph_client.analysis.answers.html_tables import details
from barograph_client.analysis.answers.items import CaptureSessionInfo
from barograph_client.analysis.problems import StateConflict
from barograph_client.analysis.references import References, references_of
from barograph_client.analysis.runs.moves import move_to, reason_of
from barograph_client.analysis.scope import ApiScope
from barograph_client.errors import ClientError


class CapturingRun(Protocol):
    """The run of a capture."""

    @property
    def id(self) -> str: ...

    def add_capture(self, capture: RecordedCapture) -> None: ...


class RecordedCapture:
    """A capture session, which begins and ends with its block. An exception fails it."""

    def __init__(
        self, scope: ApiScope, run: CapturingRun, sensors: References, fields: Mapping[str, Any]
    ) -> None:
        self._scope, self._run, self._sensors, self._fields = scope, run, sensors, fields
        self._answered: Mapping[str, Any] | None = None
        self._has_ended = False

    @classmethod
    def under_way(cls, scope: ApiScope, run: CapturingRun, answered: Mapping[str, Any]) -> Self:
        """One that was started elsewhere."""
        capture = cls(scope, run, (), {})
        capture._answered = answered
        return capture

    @property
    def id(self) -> str:
        """The id of the capture session, once it has started."""
        if self._answered is None:
            raise ValueError("the capture has not started: use it in `with`, or call start()")
        return self._answered["id"]

    def start(self) -> Self:
        """Binds the sensors to the run, and starts."""
        for sensor in references_of(self._sensors):
            self._scope.api.put(f"/runs/{self._run.id}/sensors/{self._scope.sensor_id(sensor)}")
        path = f"/runs/{self._run.id}/capture-sessions"
        self._answered = self._scope.api.create(path, {**self._fields, "start": True})
        self._run.add_capture(self)
        return self

    def stop(self, *, failed: bool = False, reason: str | None = None) -> None:
        """Ends it, if it has not ended."""
        if self._has_ended:
            return
        path, status = f"/capture-sessions/{self.id}", "failed" if failed else "succeeded"
        try:
            self._answered = move_to(self._scope.api, path, status, reason)
        except StateConflict:
            self._answered = self._scope.api.get(path)
            if self._answered["status"] in {"draft", "running"}:
                raise
        self._has_ended = True  # by us, or by somebody who was faster

    def info(self) -> CaptureSessionInfo:
        """The capture session as it is now."""
        return CaptureSessionInfo.read(self._scope.api.get(f"/capture-sessions/{self.id}"))

    def __enter__(self) -> Self:
        return self if self._answered is not None else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        reason = reason_of(error)
        if reason is None:
            return self.stop()
        try:
            self.stop(failed=True, reason=reason)
        except ClientError as trouble:  # the block's own error is the one to see
            if error is not None:
                error.add_note(f"Of the capture session: {trouble}")

    def __repr__(self) -> str:
        return f"<capture session, {self._answered['status'] if self._answered else 'not started'}>"

    def _repr_html_(self) -> str:
        return details("Capture session", self._answered or self._fields)
