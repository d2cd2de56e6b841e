"""`docs/metrics-of-programs.md` lists every metric that programs export, and their labels are few."""

from tests.programs import ROOT
from tests.watching.exported_metrics import exported

PAGE = ROOT / "docs" / "metrics-of-programs.md"
# Each has few values: none is made up by strangers, or names one of many (a project, a sensor, a gateway).
LABELS = {
    *("actor", "by", "code", "consumer", "fate", "kind", "loop", "method", "outcome", "pool", "queue"),
    *("reason", "result", "route", "setting", "status"),
}
UNITS = ("_seconds", "_bytes")


def test_it_lists_every_metric() -> None:
    listed = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `baro")]
    rows = [metric.row for metric in exported()]
    assert sorted(listed) == sorted(rows), "\n".join(sorted(set(rows) ^ set(listed)))


def test_labels_have_few_values() -> None:
    assert {label for metric in exported() for label in metric.labels} <= LABELS


def test_names_follow_one_scheme() -> None:
    for metric in exported():
        assert metric.meaning[0].isupper() or metric.meaning[0].isdigit(), metric.name
        assert not metric.meaning.endswith("."), metric.name
        if "Time" in metric.meaning.split() or "Age" in metric.meaning.split():
            assert metric.name.endswith(UNITS), metric.name
