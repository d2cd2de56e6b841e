"""The types of events, with what each tells: one list for the documents, the pages and what can be asked for.

Whoever writes a new type adds it here; `data` is an example of what it tells.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from barograph.similar import did_you_mean

_AT = "2026-11-27T09:30:00.000000Z"
_LATER = "2026-11-27T09:45:00.000000Z"
_ID = "0b6f1d5e-7a44-4c5e-9d0c-0f6f0f6a3c11"
_OTHER = "5d1c52c6-9c1a-4a37-8c2b-6f4d1f0e9b22"


@dataclass(frozen=True)
class EventKind:
    """One type.

    Attributes:
        says: when it is written, in a sentence.
        data: an example.
    """

    says: str
    data: Mapping[str, Any]


def _run(status: str, before: str, finished_at: str | None) -> dict[str, Any]:
    return {
        "run_id": _ID,
        "run": "burn 7",
        "experiment_id": _OTHER,
        "experiment": "Valve endurance",
        "from": before,
        "status": status,
        "started_at": _AT,
        "finished_at": finished_at,
        "actor": "Ada",
        "reason": None,
    }


def _capture(status: str, before: str, stopped_at: str | None) -> dict[str, Any]:
    return {
        "capture_session_id": _ID,
        "ordinal": 1,
        "run_id": _OTHER,
        "run": "burn 7",
        "from": before,
        "status": status,
        "started_at": _AT,
        "stopped_at": stopped_at,
        "actor": "Ada",
        "reason": None,
    }


def _backfill(status: str, finished_at: str | None, error: str | None = None) -> dict[str, Any]:
    return {
        "backfill_id": _ID,
        "status": status,
        "dry_run": False,
        "reason": "Certificate 2026-11",
        "error": error,
        "started_at": _AT,
        "finished_at": finished_at,
    }


def _producer(**more: object) -> dict[str, Any]:
    told = {"producer_id": _ID, "producer": "rig-7/daq-1", "agent": "barograph-client/1.0", "seen_at": _AT}
    return {**told, "last_seq": 4711, **more}


def _resumed(first: int, last: int) -> dict[str, Any]:
    return {
        "producer": "rig-7/daq-1",
        "producer_id": _ID,
        "resume_at": 5000,
        "last_seq": 4711,
        "last_commit_at": _AT,
        "token_id": _OTHER,
        "gap": {"first_seq": first, "last_seq": last},
    }


def _alarm(
    cleared_at: str | None = None, cleared_value: float | None = None, **more: object
) -> dict[str, Any]:
    return {
        "alarm_id": _ID,
        "sensor_id": _OTHER,
        "sensor": "inlet",
        "kind": "limit",
        "limit_id": _ID,
        "level": "critical",
        "since": _AT,
        "raised_at": _AT,
        "value": 5.7,
        "cleared_at": cleared_at,
        "cleared_value": cleared_value,
        "end_reason": None,
        **more,
    }


def _artifact(status: str) -> dict[str, Any]:
    return {
        "artifact": _ID,
        "run": _OTHER,
        "name": "report.pdf",
        "kind": "report",
        "restricted": False,
        "status": status,
        "size_bytes": 1_048_576,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    }


_SENSOR = {"sensor_id": _ID, "sensor": "inlet", "last_seen_at": _AT}

EVENT_KINDS: Mapping[str, EventKind] = {
    "run.started": EventKind("A run began", _run("running", "draft", None)),
    "run.finished": EventKind("A run ended well", _run("finished", "running", _LATER)),
    "run.failed": EventKind("A run failed", _run("failed", "running", _LATER)),
    "run.archived": EventKind("A run was archived", _run("archived", "finished", _LATER)),
    "capture.started": EventKind("A capture session began", _capture("running", "draft", None)),
    "capture.completed": EventKind("A capture session ended well", _capture("succeeded", "running", _LATER)),
    "capture.failed": EventKind("A capture session failed", _capture("failed", "running", _LATER)),
    "capture.backfill.finished": EventKind(
        "No backfill touches the capture session any more", _capture("succeeded", "backfilling", _LATER)
    ),
    "conversion_profile.applied": EventKind(
        "A version of a calibration holds in a range of time",
        {
            "profile_id": _ID,
            "number": 3,
            "kind": "polynomial",
            "sensor_id": _OTHER,
            "sensor": "inlet",
            "valid_from": _AT,
            "valid_to": None,
        },
    ),
    "backfill.started": EventKind("A backfill began to work", _backfill("running", None)),
    "backfill.finished": EventKind("A backfill has converted everything", _backfill("finished", _LATER)),
    "backfill.failed": EventKind("A backfill gave up", _backfill("failed", _LATER, "a window failed")),
    "backfill.undone": EventKind("A backfill's values are as before", _backfill("undone", _LATER)),
    "import.finished": EventKind(
        "A file of history was read, or could not be (`failed`)",
        {
            "import_id": _ID,
            "file_name": "2019.csv",
            "status": "finished",
            "failure": None,
            "accepted": 86_400,
            "rows": 86_400,
        },
    ),
    "export.finished": EventKind(
        "A file of readings was made, or could not be (`failed`, with `failure`)",
        {"export": _ID, "status": "finished", "rows": 86_400, "size_bytes": 1_048_576},
    ),
    "producer.connected": EventKind("A gateway came, or came back", _producer()),
    "producer.lost": EventKind(
        "A gateway has been away for 15 s: it has `closed` its connection, or its server is `silent`",
        _producer(why="closed"),
    ),
    "producer.resumed_at": EventKind("A gateway moved its sequence", _resumed(4712, 4999)),
    "producer.resume_refused": EventKind(
        "A gateway wanted to move its sequence, and its token may not", _resumed(4712, 4999)
    ),
    "sensor.online": EventKind("Readings of a sensor arrive again", _SENSOR),
    "sensor.offline": EventKind("Nothing was heard of a sensor for a minute", _SENSOR),
    "alarm.raised": EventKind("A limit is violated, or a sensor is silent", _alarm()),
    "alarm.cleared": EventKind("An alarm ended", _alarm(_LATER, 4.9)),
    "alarm.acknowledged": EventKind(
        "Somebody has seen an alarm", _alarm(acknowledged_by=_OTHER, comment="On my way")
    ),
    "artifact.ready": EventKind("A file of a run is whole", _artifact("ready")),
    "artifact.approved": EventKind("A file of a run was approved", _artifact("approved")),
    "measure.changed": EventKind(
        "A measure of a run has a value, or another one",
        {
            "measure_id": _ID,
            "name": "max_p1",
            "run_id": _OTHER,
            "run": "burn 7",
            "capture_session_id": None,
            "value": 97.25,
            "readings": 60_000,
        },
    ),
    "annotation.created": EventKind(
        "Somebody noted something",
        {
            "annotation_id": _ID,
            "from": _AT,
            "to": None,
            "text": "Valve 3 stuck",
            "tags": ["valve"],
            "sensors": [],
            "run": _OTHER,
        },
    ),
    "comparison.changed": EventKind(
        "A saved comparison was `created`, `changed` or `deleted`",
        {"comparison_id": _ID, "name": "Before and after", "change": "changed"},
    ),
    "project.retained": EventKind(
        "Old readings went, as the project says", {"raw_from": _AT, "rollup_from": None}
    ),
    "webhook.tested": EventKind(
        "Somebody tested a webhook; only that one is told", {"webhook_id": _ID, "description": "CI"}
    ),
    "webhook.switched_off": EventKind(
        "A webhook is off: it has been `failing` for five days, or its address is `gone`",
        {"webhook_id": _ID, "url": "https://ci.example.org/hook", "reason": "failing"},
    ),
    "events.gone": EventKind(
        "A consumer was away for so long that events which it had not read are not kept any more",
        {"consumer": "webhooks", "until": _AT},
    ),
}


def check_type(text: str) -> str:
    """The text, a type.

    Raises:
        ValueError: it is none; the types are named.
    """
    if text not in EVENT_KINDS:
        there = f"there is no type {text!r}; there are {', '.join(EVENT_KINDS)}."
        raise ValueError(there + did_you_mean(text, EVENT_KINDS))
    return text


def check_type_or_group(text: str) -> str:
    """The text, a type or a group of types such as `run.*`.

    Raises:
        ValueError: it is none of them; they are named.
    """
    return text if text in _GROUPS else check_type(text)


_GROUPS = {f"{kind.partition('.')[0]}.*" for kind in EVENT_KINDS}
