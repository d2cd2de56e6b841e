"""Programs that pages show: streams as the library takes them, addresses as shells do; the README's runs."""

import ast
import inspect
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import barograph_client
import pytest

from tests.docs.pages import Block, blocks_of, run_all, serving_page
from tests.programs import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "client").rglob("README.md")])
PYTHON = re.compile(r"^```(?:py|python)\n(.*?)^```", re.DOTALL | re.MULTILINE)
HEREDOC = re.compile(r"^cat > \S+\.py <<'END'\n(.*?)^END$", re.DOTALL | re.MULTILINE)
# zsh takes a question mark for a pattern of files, and finds none.
UNQUOTED = re.compile(r"^.*\bcurl .*(?<![\"'=\w])https?://[^\s\"'`]*\?.*$", re.MULTILINE)
STREAMING = ("Stream", "Sender", "SpoolOptions")


def test_streams_of_programs_in_pages_can_be_made() -> None:
    calls = [(page.name, call) for page in PAGES for call in streaming_calls(page)]
    assert len(calls) > 4
    for name, call in calls:
        made = getattr(barograph_client, ast.unparse(call.func))
        given = {each.arg: each.value for each in call.keywords if each.arg is not None}
        stars = [each for each in call.args if isinstance(each, ast.Starred)]
        positions = [*call.args, *stars]  # `*sys.argv[1:]` is an address and a token
        try:
            inspect.signature(made).bind(*positions, **given)
        except TypeError as error:
            pytest.fail(f"{name}: {ast.unparse(call)}: {error}")


def test_addresses_with_a_query_are_quoted() -> None:
    for page in PAGES:
        assert not UNQUOTED.findall(page.read_text(encoding="utf-8")), page.name


def test_the_first_program_of_the_readme_sends_readings(database_url: str, tmp_path: Path) -> None:
    page = ROOT / "README.md"
    (session,) = [block for block in blocks_of(page) if "TOKEN=" in block.commands]
    (program,) = [text for text in PYTHON.findall(page.read_text()) if "Stream(" in text]
    with serving_page(database_url, tmp_path, "admin@example.org") as data_dir:
        told = Block(f"{session.commands}echo token=$TOKEN ingest=$INGEST\n", "")
        (answer,) = run_all([told], data_dir)
        token, ingest = re.findall(r"^token=(\S+) ingest=(\S+)$", answer, re.MULTILINE)[0]
        quick = program.replace("range(60)", "range(2)").replace(
            "ws://127.0.0.1:8001", ingest.replace("http", "ws")
        )
        assert quick.count("range(2)") == 1
        library = {"TOKEN": token, "PYTHONPATH": str(ROOT / "client")}
        subprocess.run([sys.executable, "-c", quick], cwd=tmp_path, env=library, timeout=60, check=True)
        look = [sys.executable, "-m", "barograph_client", "spool", "inspect", "spool"]
        spool = subprocess.check_output(look, cwd=tmp_path, env=library, text=True)
    assert re.search(r"2 frames\nwaiting +0 frames", spool), spool


def streaming_calls(page: Path) -> Iterator[ast.Call]:
    """Calls of the library that streams, in the programs that a page shows."""
    text = page.read_text(encoding="utf-8")
    for program in [*PYTHON.findall(text), *HEREDOC.findall(text)]:
        for node in ast.walk(ast.parse(textwrap.dedent(program))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in STREAMING:
                yield node
