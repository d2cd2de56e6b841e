"""What keeps the house in order, as far as a machine can tell without nagging.

Why: decision 180.
"""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = (
    "api",
    "backfill",
    "barograph",
    "client/barograph_client",
    "conversion",
    "events",
    "ingest",
    "tools",
)
DECISIONS = ROOT / "docs" / "decisions"
DATABASE = ROOT / "barograph" / "database"
# What tells one error of the database from another. `psycopg.Error` is all of them.
KINDS_OF_ERROR = re.compile(
    r"psycopg\.errors\.|psycopg_pool\.\w*(Timeout|Closed|Error)|\bsqlstate$|psycopg\.\w+Error$"
)
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
# Words that name one of our files or folders; a word with a placeholder such as `<name>` or `…` names none.
FOLDERS = "api|backfill|barograph|benchmarks|client|conversion|deploy|docs|events|ingest|sql|tests|tools"
OUR_PATH = re.compile(rf"(?:{FOLDERS})/[\w./-]*|[\w./-]+\.(?:py|sql|md|yaml|toml|svg)")
LINK = re.compile(r"\]\(([^)#\s:]*)(?:#([^)\s]+))?\)")

# Functions that take the name of a statement, and which argument it is.
STATEMENT_AT = {
    "query": 0,
    **dict.fromkeys(("run", "fetch_rows", "fetch_filtered", "find_row", "fetch_row"), 1),
    **dict.fromkeys(("with_archived", "with_archived_sync"), 1),
}
INDENTED_IMPORT = re.compile(r"(?m)^ +(?:from|import) ")
OPENS_CONNECTION = re.compile(
    r"(psycopg|Connection(\[\w+\])?)\.connect$|ConnectionPool(\[.*\])?$|\bThreadPool$"
)
SECOND_WORD_FOR_LIMIT = re.compile(r"\b_?(?:most|least)(?:_|\b)", re.IGNORECASE)
BEGINS_IN_THE_MIDDLE = re.compile(r"(Of|As|Those) ")
NO_LIMITS = {"least_profile", "least_squares", "most_common"}
# A gateway's library is installed without the rest. Its users meet these names: its errors are the server's,
# and who sends is a sender on either side.
SHARED_WITH_CLIENT = {"Forbidden", "Sender", "SequenceConflict", "Superseded"}


def test_each_class_name_is_unique() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in tree_of(path).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(str(path.relative_to(ROOT)))
    repeated = {name: found for name, found in places.items() if len(found) > 1}
    assert {name: found for name, found in repeated.items() if name not in SHARED_WITH_CLIENT} == {}
    assert repeated.keys() >= SHARED_WITH_CLIENT, "an exception is no longer needed"


def test_limits_are_called_max_and_min() -> None:
    found: set[str] = set()
    for path in [*programs_files(), *(ROOT / "benchmarks").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        if SECOND_WORD_FOR_LIMIT.search(text):
            found |= {f"{path.relative_to(ROOT)}: {name}" for name in limits_of(ast.parse(text))}
    for path in (ROOT / "sql" / "queries").rglob("*.sql"):
        names = re.findall(r"%\((\w+)\)s", path.read_text(encoding="utf-8"))
        found |= {f"{path.relative_to(ROOT)}: {name}" for name in names if SECOND_WORD_FOR_LIMIT.match(name)}
    assert found == set(), "a limit begins with max or min"


def test_another_word_for_a_limit_is_recognized() -> None:
    text = (
        "MOST_ROWS = 1\n_LEAST_US = 2\ndef read(most, *, least_s=0): ...\nread(most=3)\nself.most_bytes = 4\n"
    )
    text += "patch.setattr(rows, 'MOST_KEPT', 1)\n"
    found = " ".join(sorted(limits_of(ast.parse(text)), key=str.casefold))
    assert found == "_LEAST_US least_s most most_bytes MOST_KEPT MOST_ROWS"
    assert not limits_of(ast.parse("at_least, almost, MAX_ROWS = 1, 2, 3\nprint(row['least_profile'])"))


def limits_of(tree: ast.Module) -> set[str]:
    """Names that call a limit most or least; a string such as that of a table's column is none."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case (
                ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name))
            ):
                names.add(name)
            case ast.Constant(value=str(name)) if name.isupper() and name.isidentifier():
                # As `setattr` of a test names a constant.
                names.add(name)
            case _:
                pass
    return {name for name in names if SECOND_WORD_FOR_LIMIT.match(name) and name not in NO_LIMITS}


def test_docstrings_begin_with_the_noun_or_the_verb() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"
        for path in [*programs_files(), *(ROOT / "benchmarks").rglob("*.py")]
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if BEGINS_IN_THE_MIDDLE.match(ast.get_docstring(node) or "")
    }
    assert found == set(), "not 'Of the files.', but 'The sizes of the files.'"


def test_a_function_imports_only_where_a_comment_says_why() -> None:
    functions = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    found: set[str] = set()
    for path in [*programs_files(), *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        if not INDENTED_IMPORT.search(text):
            continue
        lines = text.splitlines()
        found |= {
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for function in ast.walk(tree_of(path))
            if isinstance(function, functions)
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
            and not lines[node.lineno - 2].lstrip().startswith("# Here, for ")
        }
    assert found == set(), "an import stands at the top of its module, or below '# Here, for …'"


def test_no_name_of_a_statement_is_put_together() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in programs_files()
        for call in ast.walk(tree_of(path))
        if isinstance(call, ast.Call) and is_composed(call)
    }
    assert found == set(), "write the whole name, so that a search finds where a statement is used"


def test_a_name_that_is_put_together_is_recognized() -> None:
    composed = [
        "query(f'run.{verb}')",
        "await fetch_row(connection, 'run.' + verb, {})",
        "query('%s' % verb)",
    ]
    literal = ["query('run.item')", "await run(connection, self.statement, {})", "log.info(f'run.{verb}')"]
    for text, expected in [*((text, True) for text in composed), *((text, False) for text in literal)]:
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        assert any(map(is_composed, calls)) is expected, text


def is_composed(call: ast.Call) -> bool:
    """Whether it names a statement by an expression, rather than by a literal or a variable."""
    if not isinstance(call.func, ast.Name):
        return False
    position = STATEMENT_AT.get(call.func.id)
    if position is None or len(call.args) <= position:
        return False
    return isinstance(call.args[position], ast.JoinedStr | ast.BinOp)


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


def test_each_why_is_the_last_line_of_its_modules_docstring() -> None:
    written = re.compile(r"Why: decision \d+(, decision \d+)*\.")
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if "Why: decision" in text:
                docstring = ast.get_docstring(tree_of(path)) or ""
                assert written.fullmatch(docstring.rpartition("\n")[2]), path


def test_only_one_place_tells_errors_of_the_database_apart() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{node.lineno} {name}"
        for path in programs_files()
        if not path.is_relative_to(DATABASE)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom | ast.Attribute)
        for name in named_by(node)
        if KINDS_OF_ERROR.search(name)
    }
    assert found == set(), "ask barograph.database.failures.kind_of"


def test_connections_are_opened_in_one_place() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node.func)}"
        for path in programs_files()
        if not path.is_relative_to(DATABASE)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        # Few calls end like this; to write each out again takes ten seconds.
        if isinstance(node.func, ast.Attribute | ast.Name | ast.Subscript)
        and OPENS_CONNECTION.search(ast.unparse(node.func))
    }
    assert found == set(), "name a role of barograph.database.roles; barograph.database.connections opens it"


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def programs_files() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def named_by(node: ast.ImportFrom | ast.Attribute) -> list[str]:
    """`psycopg.errors.DiskFull`, whether it is imported or reached through its module."""
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{each.name}" for each in node.names]
    return [ast.unparse(node)]


def test_each_file_that_a_page_names_exists() -> None:
    names = {path.name for folder in FOLDERS.split("|") for path in (ROOT / folder).rglob("*.*")}
    for page in PAGES:
        for named in _paths_named(page.read_text(encoding="utf-8")):
            is_there = named in names or (ROOT / named).exists() or (page.parent / named).exists()
            assert is_there, f"{page.name} names {named}"


def test_each_link_of_a_page_leads_somewhere() -> None:
    for page in [*PAGES, *DECISIONS.glob("*.md")]:
        for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
            place = (page.parent / target) if target else page
            assert place.exists(), f"{page.name} links {target}"
            assert not anchor or anchor in _anchors(place), f"{page.name} links {target}#{anchor}"


def test_what_names_files_is_recognized() -> None:
    text = (
        "`api/app.py`, `conversion/kinds/<name>.py`; see prepare.py. `GET /api/v1/x` serves `/openapi.yaml`"
    )
    assert _paths_named(text) == ["api/app.py", "prepare.py"]


def _paths_named(text: str) -> list[str]:
    words = (word.rstrip(".:") for word in re.findall(r"[^\s`,;()\[\]|]+", text))
    return [word for word in words if OUR_PATH.fullmatch(word) and not word.startswith("/")]


def _anchors(page: Path) -> set[str]:
    """Those of its headings, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
