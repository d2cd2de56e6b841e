"""What is newer goes on with the code of the last two releases: expand first, contract two releases later.

Why: decision 861.
"""

import re
from pathlib import Path

import pytest

from barograph.database.queries import SQL_DIR
from tests.upgrades.kept import KeptRelease, standing_releases
from tools.release import not_understood

RELEASES = standing_releases()
# What code that knows nothing of it would fail by, although each of its statements is understood.
HARMFUL = {
    "a rename takes a name away": re.compile(r"\brename\b", re.IGNORECASE),
    "a new column that must be given": re.compile(
        r"add column (?:if not exists )?\w+ [^,;]*\bnot null\b(?![^,;]*\b(?:default|generated)\b)",
        re.IGNORECASE,
    ),
    "a column that must be given from now on": re.compile(r"\bset not null\b", re.IGNORECASE),
    "a column of another type": re.compile(r"alter column \w+ (?:set data )?type\b", re.IGNORECASE),
}
_COMMENT = re.compile(r"--.*$", re.MULTILINE)


def harm_of(migration: str) -> list[str]:
    """What a migration does that code of an older release does not survive."""
    text = _COMMENT.sub("", migration)
    text = re.sub(r"default '[^']*'", "default ''", text)
    return [why for why, pattern in HARMFUL.items() if pattern.search(text)]


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.folder.name)
def test_the_schema_understands_every_statement_of_the_release(
    release: KeptRelease, database_url: str
) -> None:
    refused = not_understood(database_url, release.folder / "queries")
    for part in release.facts["parts_of_statements"]:
        refused.pop(part, None)
    assert refused == {}, "contract only once no kept release names it: docs/releases/README.md"


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.folder.name)
def test_migrations_since_the_release_only_expand(release: KeptRelease) -> None:
    known = set(release.facts["migrations"])
    new = [path for path in sorted((SQL_DIR / "migrations").glob("*.sql")) if path.name not in known]
    found = {path.name: harm for path in new if (harm := harm_of(path.read_text(encoding="utf-8")))}
    assert found == {}


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.folder.name)
def test_no_migration_of_the_release_is_gone(release: KeptRelease) -> None:
    names = {path.name for path in (SQL_DIR / "migrations").glob("*.sql")}
    assert set(release.facts["migrations"]) <= names


@pytest.mark.parametrize(
    ("migration", "is_harmful"),
    [
        ("alter table run add column more text;", False),
        ("alter table run add column more text not null default 'x, y';", False),
        ("alter table run add column more int not null;", True),
        ("alter table run rename column a to b;", True),
        ("-- rename it in two releases\nalter table run add column b int;", False),
        ("alter table run alter column a set not null;", True),
        ("alter table run alter column a type int8;", True),
        ("create table more (id int not null);", False),
    ],
)
def test_harm_is_recognized(migration: str, is_harmful: bool) -> None:
    assert bool(harm_of(migration)) == is_harmful


def test_a_column_that_a_release_names_can_not_go(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "run.sql").write_text(
        "-- name: gone\nselect gone from run;\n-- name: here\nselect name from run;\n"
    )
    assert list(not_understood(database_url, tmp_path)) == ["run.gone"]
