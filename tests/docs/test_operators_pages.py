"""Commands, options, operations and settings that operators' pages name are there.

Other pages are run as they stand.
"""

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import suppress

import pytest

from barograph.cli.commands import COMMANDS, parser
from barograph.cli.parser import parse
from barograph.cli.words import plain
from barograph.settings import NO_SETTINGS, Settings
from tests.programs import ROOT

NAMES = (
    *("accounts", "archive", "artifacts", "backup", "deploy", "operations", "runbook", "security"),
    *("sizing", "sql"),
)
FENCED = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
IN_TEXT = re.compile(r"`(barograph [^`\n]+)`")
IN_SHELL = re.compile(r"^(barograph [^|#\n]+)", re.MULTILINE)
OPERATION = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/(?:api|auth|session)/[^\s`)\",]*|…/[^\s`)\",]*)")
PARAMETER = re.compile(r"\{[^}]*\}")
SETTING = re.compile(r"\bBAROGRAPH_[A-Z0-9_]+\b")
STAND_INS = {"TIME": "-15m", "HEAD": f"1:{'0' * 64}"}
# A page may name a command without what it needs.
INCOMPLETE = "the following arguments are required"


@pytest.fixture(params=NAMES)
def page(request: pytest.FixtureRequest) -> str:
    return (ROOT / "docs" / f"{request.param}.md").read_text(encoding="utf-8")


def test_commands_and_options_are_there(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in commands_of(page):
        words = [STAND_INS.get(word, word) for word in shlex.split(command)[1:]]
        with suppress(SystemExit):
            parse(parser(), plain(words, COMMANDS))
        complaint = capsys.readouterr().err
        assert not complaint or INCOMPLETE in complaint, f"{command}: {complaint}"


def test_operations_are_there(page: str) -> None:
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))["paths"]
    known = {(method.upper(), PARAMETER.sub("{}", path)) for path in paths for method in paths[path]}
    for method, path in OPERATION.findall(page):
        named = PARAMETER.sub("{}", path.partition("?")[0])
        # Of a long one, a page may show the end alone.
        fits = str.endswith if named.startswith("…") else str.__eq__
        assert any(method == each and fits(there, named.lstrip("…")) for each, there in known), path


def test_settings_are_there(page: str) -> None:
    known = {f"BAROGRAPH_{name.upper()}" for name in Settings.model_fields} | NO_SETTINGS
    assert set(SETTING.findall(page)) <= known


def commands_of(page: str) -> Iterator[str]:
    for language, block in FENCED.findall(page):
        if language in {"sh", "console"}:
            yield from IN_SHELL.findall(block)
    yield from IN_TEXT.findall(FENCED.sub("", page))
