"""The contract as it is written down: the frozen document, and the copies of releases."""

import json
from pathlib import Path
from typing import Any

from api.freeze import FROZEN, RELEASES, document
from tests.api.openapi.breaking import breaking_changes

STANDING = 2


def releases() -> list[Path]:
    """Copies of the last releases, whose clients are still served."""

    def version(path: Path) -> list[int]:
        return [int(part) for part in path.stem.split(".")]

    return sorted(RELEASES.glob("*.json"), key=version)[-STANDING:]


def test_the_frozen_document_is_the_one_that_is_served() -> None:
    assert document() == FROZEN.read_text(), "the contract changed; if that is meant: python -m api.freeze"


def test_what_clients_of_the_last_releases_use_still_stands() -> None:
    new: dict[str, Any] = json.loads(document())
    for release in releases():
        old: dict[str, Any] = json.loads(release.read_text())
        assert breaking_changes(old, new) == [], release.name
