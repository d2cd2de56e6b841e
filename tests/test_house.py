"""What keeps the house in order, as far as a machine can tell without nagging."""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("api", "backfill", "barograph", "client/barograph_client", "conversion", "ingest", "tools")
DECISIONS = ROOT / "docs" / "decisions"
DATABASE = ROOT / "barograph" / "database"
# What tells one error of the database from another. `psycopg.Error` is all of them.
KINDS_OF_ERROR = re.compile(
    r"psycopg\.errors\.|psycopg_pool\.\w*(Timeout|Closed|Error)|\bsqlstate$|psycopg\.\w+Error$"
)

# A gateway's library is installed without the rest. Its users meet these names, and its errors are the server's.
SHARED_WITH_CLIENT = {"Forbidden", "SequenceConflict", "Superseded"}


def test_each_class_name_is_unique() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(str(path.relative_to(ROOT)))
    repeated = {name: found for name, found in places.items() if len(found) > 1}
    assert {name: found for name, found in repeated.items() if name not in SHARED_WITH_CLIENT} == {}
    assert repeated.keys() >= SHARED_WITH_CLIENT, "an exception is no longer needed"


def test_every_decision_record_is_in_the_index() -> None:
    records = {path.name for path in DECISIONS.glob("[0-9]*.md")}
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", index)
    assert sorted(listed) == sorted(records)


def test_each_decision_has_a_number_of_its_own_and_its_four_parts() -> None:
    numbers: set[str] = set()
    for path in sorted(DECISIONS.glob("[0-9]*.md")):
        text, number = path.read_text(encoding="utf-8"), path.name[:4]
        assert number not in numbers, path.name
        numbers.add(number)
        assert text.startswith(f"# {int(number)}. "), path.name
        for part in ("Context", "Decision", "Consequences", "Alternatives"):
            assert f"**{part}" in text, f"{path.name} lacks {part}"


def test_each_why_names_a_decision_that_there_is() -> None:
    records = {int(path.name[:4]) for path in DECISIONS.glob("[0-9]*.md")}
    for package in (*PACKAGES, "sql"):
        for path in [*(ROOT / package).rglob("*.py"), *(ROOT / package).rglob("*.sql")]:
            named = {int(n) for n in re.findall(r"\bdecisions? (\d+)\b", path.read_text(encoding="utf-8"))}
            assert named <= records, path


def test_only_one_place_tells_errors_of_the_database_apart() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{node.lineno} {name}"
        for path in programs_files()
        if not path.is_relative_to(DATABASE)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom | ast.Attribute)
        for name in named_by(node)
        if KINDS_OF_ERROR.search(name)
    }
    assert found == set(), "ask barograph.database.failures.kind_of"


def programs_files() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def named_by(node: ast.ImportFrom | ast.Attribute) -> list[str]:
    """`psycopg.errors.DiskFull`, whether it is imported or reached through its module."""
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{each.name}" for each in node.names]
    return [ast.unparse(node)]
