"""Every statement that reads readings sees archived ones too, or it is said why it need not."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from barograph.archive.laying import are_laid
from barograph.archive.needs import (
    ENDING_EARLY,
    LIMITED,
    SOURCE,
    ArchiveNeed,
    RowLimit,
    Stretches,
    TakenRows,
    reads_readings,
)
from barograph.archive.statements import over_both
from barograph.database.queries import load_queries
from barograph.times import from_us

PROJECT = Path(__file__).parents[3]
THROUGH_WHOLE = {
    "backfill_timeline.note_made_before",
    "excursion.reach",
    "excursion.replace",
    "export.pages",
    "measure_reading.last_before",
    "measure_reading.profiles",
    "measure_reading.readings",
    "overview.latest",
    "reading.ascending",
    "reading.descending",
    "reading.instants_ascending",
    "reading.instants_descending",
    "reading.several_ascending",
    "reading.several_descending",
    "rollup_bucket.choose_finest",
    "rollup_bucket.examine",
    "rollup_bucket.from_raw",
    "series.count_readings",
    "series.first_after",
    "series.flagged",
    "series.last_before",
    "series.profiles_of_readings",
    "series.readings",
}
ROWS_ALONE = {
    "archive.due_sensors": "what is to be filed are rows",
    "archive.queue_needer": "what is filed was converted before",
    "archive.rows": "what is to be filed are rows",
    "archive.take_rows": "what was filed were rows",
    "auxiliary.queue_dependants": "names the parts itself",
    "auxiliary.stored": "auxiliaries are not filed",
    "auxiliary.stored_one_by_one": "auxiliaries are not filed",
    "backup.counts": "adds the parts itself",
    "backup.differing_rollups": "leaves archived minutes out",
    "block.delete": "the archive's are required before",
    "doctor.readings": "counts those of a sandbox",
    "doctor.storage": "tells what the database takes",
    "recalibration_due.first_of": "rows are required before",
    "recalibration_plan.count_by_sensor": "rows are required before",
    "recalibration_plan.count_minutes": "rows are required before",
    "recalibration_plan.count_seconds": "rows are required before",
    "recalibration_plan.first_reading": "first_archived is asked too",
    "recalibration_reading.delete": "rows are required before",
    "recalibration_reading.read": "rows are required before",
    "recalibration_window.is_beyond": "rows are required before",
    "removal.delete": "rows are required before",
    "retention.delete_reading": "archive.expire lets parts go",
    "retention.expired_reading": "archive.expire lets parts go",
    "retention.reading_is_kept": "a chunk of rows goes, no part",
    "sensor.latest": "the latest readings are not filed",
}


def names_tables(statement: str) -> bool:
    """Whether it looks into a table of readings by itself."""
    return (
        re.search(r"\b(from|join|using) (only )?(reading|reading_block|any_reading)\b(?!\.)", statement)
        is not None
    )


def test_each_is_one_or_the_other() -> None:
    found = {name for name in load_queries() if reads_readings(name) or names_tables(load_queries()[name])}
    assert found == THROUGH_WHOLE | ROWS_ALONE.keys()


@pytest.mark.parametrize("name", sorted(THROUGH_WHOLE))
def test_none_is_asked_in_another_way(name: str) -> None:
    asked = re.compile(rf'\bquery\(\s*"{re.escape(name)}"')
    for folder in ("api", "backfill", "barograph", "ingest"):
        for path in (PROJECT / folder).rglob("*.py"):
            assert not asked.search(path.read_text()), path
    assert over_both(name).count("pg_temp.archived_reading") == len(SOURCE.findall(load_queries()[name]))
    assert not names_tables(over_both(name))


def test_those_that_end_early_are_among_them() -> None:
    assert ENDING_EARLY.keys() <= THROUGH_WHOLE
    assert LIMITED <= THROUGH_WHOLE
    assert {name for name in THROUGH_WHOLE if "limit %(max_rows)s + 1" in load_queries()[name]} == LIMITED


def test_stretches_are_as_narrow_as_parameters_say() -> None:
    spans = {
        "sensor_id": np.array([3, 4], np.int32),
        "from_us": np.array([10, 20]),
        "to_us": np.array([15, 99]),
        "from": from_us(12),
        "to": from_us(50),
    }
    found = Stretches.of(spans)
    assert found.each_of(3) == [(12, 15)]
    assert found.each_of(4) == [(20, 50)]
    assert Stretches.of({"sensor_id": 3, "from_us": 5, "to_us": 9}).each_of(3) == [(5, 9)]
    one_end = {
        "sensor_id": np.array([3, 3], np.int32),
        "to_us": np.array([7, 9]),
        "from": from_us(0),
        "to": from_us(8),
    }
    assert Stretches.of(one_end).each_of(3) == [(0, 7), (0, 8)]
    assert Stretches.of(one_end).merged_of(3) == [(0, 8)]
    with pytest.raises(KeyError):
        Stretches.of({"sensor_id": 3})


def stretches(*each: tuple[int, int, int]) -> Stretches:
    sensor_id, low, high = np.array(each, np.int64).reshape(-1, 3).T
    return Stretches(sensor_id.astype(np.int32), low, high)


def test_what_is_laid_open_serves_what_lies_within_it() -> None:
    laid = stretches((3, 10, 20), (3, 20, 30), (4, 0, 5))
    label = json.dumps({"all_of": laid.columns})
    for within in ([(3, 10, 30)], [(3, 15, 25), (4, 0, 5)], [(4, 1, 2), (3, 29, 30)]):
        assert are_laid([ArchiveNeed(stretches(*within))], label), within
        assert are_laid([ArchiveNeed(stretches(*within), TakenRows(3, False, False))], label), within
    for beyond in ([(3, 9, 11)], [(3, 29, 31)], [(5, 0, 1)], [(4, 5, 6)], [(3, 11, 12), (4, 4, 6)]):
        assert not are_laid([ArchiveNeed(stretches(*beyond))], label), beyond
    assert not are_laid([ArchiveNeed(laid)], "")


def test_what_was_cut_short_serves_the_same_alone() -> None:
    need = ArchiveNeed(stretches((3, 10, 20)), limit=RowLimit(5, has_physical=False))
    label = json.dumps({"needs": [need.document]})
    assert are_laid([need], label)
    assert not are_laid([ArchiveNeed(need.stretches, limit=RowLimit(6, has_physical=False))], label)
    assert not are_laid([ArchiveNeed(need.stretches)], label)
