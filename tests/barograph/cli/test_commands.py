"""All commands: what they have in common, without an API."""

import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from barograph.__main__ import main
from barograph.cli.commands import COMMANDS, parser
from barograph.cli.late import LateFunction
from barograph.cli.moments import moment
from barograph.cli.parser import parse
from barograph.cli.verb import Noun, Verb
from barograph.cli.words import plain
from barograph.times import parse_time
from tests.programs import ROOT

PARSER = parser()


def verbs() -> Iterator[tuple[str, Verb]]:
    for command in COMMANDS:
        if isinstance(command, Noun):
            yield from ((f"{command.name} {verb.name}", verb) for verb in command.verbs)
        else:
            yield command.name, command


@pytest.mark.parametrize(("name", "verb"), [pytest.param(name, verb, id=name) for name, verb in verbs()])
def test_each_has_examples_that_parse(name: str, verb: Verb, capsys: pytest.CaptureFixture[str]) -> None:
    assert verb.examples
    for example in verb.examples:
        assert parse(PARSER, plain(shlex.split(example), COMMANDS)).verb is verb
    with pytest.raises(SystemExit, match="0"):
        main([*name.split(), "--help"])
    help_text = capsys.readouterr().out
    assert all(f"  barograph {example}\n" in help_text for example in verb.examples)
    assert "--json" in help_text


@pytest.mark.parametrize(("name", "verb"), [pytest.param(name, verb, id=name) for name, verb in verbs()])
def test_what_is_imported_late_is_there(name: str, verb: Verb) -> None:
    late = [verb.run, *(each.keywords.get("type") for each in verb.arguments)]
    assert all(callable(each.resolve()) for each in late if isinstance(each, LateFunction)), name


def test_help_and_questions_import_nothing_heavy() -> None:
    """They start in a fraction of the time that the driver of the database and NumPy take to import."""
    code = "import sys, barograph.__main__; print(*{'numpy', 'psycopg', 'structlog'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "\n", done.stderr


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("projct list", "there is no 'projct'. Did you mean 'project' or 'reject'?"),
        ("backfill strat", "there is no 'strat'. Did you mean 'start'?"),
        ("backup status", "there is no 'status'. There are make, list, verify, keep, end."),
        ("sensor list P --status activ", "there is no 'activ'. Did you mean 'active' or 'inactive'?"),
        ("sensor list P --sttus active", "Did you mean '--status' or '--sort'?"),
        ("sensor list P --limit ten", "argument --limit: 'ten' is no whole number"),
        ("profile evaluate linear {} 1,5", "argument raw: '1,5' is no number"),
        ("readings P p1 --from -9999999999d", "argument --from: -8.64e+14 s from now is too far away"),
        ("archive restore --project P --to soon", "argument --to: 'soon' is no time: write it as 2026-"),
        ("restore --to-time 2026-11-01", "argument --to-time: a time needs an offset, such as Z: write it"),
        (
            "audit verify --head 1:ab",
            "--head: a head is a number, a colon and 64 hexadecimal digits",
        ),
        ("completion powershell", "there is no 'powershell'. There are bash, zsh, fish."),
    ],
)
def test_what_makes_no_sense_is_answered_by_what_would(
    words: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words.split())
    assert hint in capsys.readouterr().err


def test_the_version_is_the_projects(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert capsys.readouterr().out == f"barograph {project['version']}\n"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("imports list P", "import list P"),
        ("imports watch ID", "import watch ID"),
        ("import old.csv --project P", "import start old.csv --project P"),
        ("import --project P old.csv", "import start --project P old.csv"),
        ("import start old.csv", "import start old.csv"),
        ("import", "import"),
        ("import --help", "import --help"),
        ("audit-verify --head 1:ab", "audit verify --head 1:ab"),
        ("series P p1 --from -1h --to -5m", "series P p1 --from=-1h --to=-5m"),
        ("series P p1 --from=-1h --json", "series P p1 --from=-1h --json"),
        ("profile evaluate linear {} -1 -2.5", "profile evaluate linear {} -1 -2.5"),
    ],
)
def test_words_are_made_plain(typed: str, meant: str) -> None:
    assert plain(typed.split(), COMMANDS) == meant.split()


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("now", timedelta()),
        ("-90s", timedelta(seconds=90)),
        ("-1.5h", timedelta(hours=1.5)),
        ("-7d", timedelta(days=7)),
        ("+2w", timedelta(weeks=-2)),
    ],
)
def test_times_may_be_relative(text: str, ago: timedelta) -> None:
    before = datetime.now(UTC)
    meant = parse_time(moment(text)) + ago
    assert before <= meant <= datetime.now(UTC)


def test_other_times_stay_as_they_are() -> None:
    for text in ("2026-05-01T00:00:00Z", "yesterday", "-1y"):
        assert moment(text) == text


# argparse leaves help unsaid by itself.
@pytest.mark.parametrize(("words", "code"), [("completion fish", 141), ("--help", 0), ("status --json", 141)])
def test_nobody_who_reads_on_is_no_error(words: str, code: int, tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "barograph", *words.split()],
            cwd=ROOT,
            env={**os.environ, "BAROGRAPH_DATA_DIR": str(tmp_path)},
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
        )
    # A text that fits into the buffer is unsaid; one that does not breaks off.
    assert done.returncode in {code, 141}
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (("",), {"up", "project", "series", "completion"}),
        (("pro",), {"project", "profile"}),
        (("backfill", "p"), {"plan", "pause"}),
        (("sensor", "list", "Rig", "--status", ""), {"registering", "active", "inactive", "decommissioned"}),
        (("sensor", "list", "Rig", "--st"), {"--status"}),
        (("completion", ""), {"bash", "zsh", "fish"}),
    ],
)
def test_bash_completes(
    typed: tuple[str, ...], offered: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", "bash"]) == 0
    script = f"""{capsys.readouterr().out}
COMP_WORDS=(barograph {shlex.join(typed)}); COMP_CWORD={len(typed)}
_barograph
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert offered <= set(done.stdout.split()), done.stderr
    if typed[-1]:
        assert all(word.startswith(typed[-1]) for word in done.stdout.split())


def test_other_shells_hold_the_same_words(capsys: pytest.CaptureFixture[str]) -> None:
    for shell in ("zsh", "fish"):
        assert main(["completion", shell]) == 0
        script = capsys.readouterr().out
        for name, _ in verbs():
            assert f"'{name}'" in script


def test_names_of_errors_are_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BAROGRAPH_TOKEN", "a token")
    monkeypatch.setenv("BAROGRAPH_API_URL", "http://127.0.0.1:1")
    assert main(["project", "list"]) == 3
    assert (
        capsys.readouterr().err == "The API at http://127.0.0.1:1 does not answer: nothing listens there.\n"
    )
    monkeypatch.setenv("BAROGRAPH_API_URL", "127.0.0.1:8000")
    assert main(["project", "list"]) == 1
    assert capsys.readouterr().err == (
        "127.0.0.1:8000 is no address of an API: write it as http://127.0.0.1:8000.\n"
    )
    (tmp_path / "file").touch()
    assert main(["up", "--data", str(tmp_path / "file"), "--detach"]) == 1
    said = capsys.readouterr().err
    assert said == f"{tmp_path / 'file'}: File exists.\n"
