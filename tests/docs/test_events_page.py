"""`docs/events.md` and the AsyncAPI document of events: as the list of types says, and as events are told."""

import re

import jsonschema
import pytest
import yaml

from barograph.database.queries import load_queries
from barograph.events.kinds import EVENT_KINDS
from tests.programs import ROOT
from tools.event_document import DOCUMENT, written

WRITES = re.compile(r"into event\b")
# Actions of the audit trail that stand in the same statements.
NO_EVENTS = {"project.retain"}
KIND = re.compile(r"'([a-z_]+\.[a-z_.]+[a-z])'")


def test_both_are_as_the_list_of_types_says() -> None:
    # Else: PYTHONPATH=.:client .venv/bin/python -m tools.event_document
    for path, text in written().items():
        assert path.read_text(encoding="utf-8") == text, path.name


def test_every_type_that_is_written_is_in_the_list() -> None:
    statements = [*load_queries().values()]
    statements += [path.read_text() for path in (ROOT / "sql" / "migrations").glob("06*.sql")]
    found = {kind for text in statements if WRITES.search(text) for kind in KIND.findall(text)}
    assert len(found) > 15
    assert found - EVENT_KINDS.keys() == NO_EVENTS


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_each_example_fits_the_schema(kind: str) -> None:
    document = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    (example,) = document["components"]["messages"][kind]["examples"]
    jsonschema.validate(example["payload"], document["components"]["schemas"]["Event"])
    assert example["payload"]["type"] == kind
