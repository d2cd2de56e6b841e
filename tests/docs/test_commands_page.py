"""`docs/commands.md`: its commands answer what it says, and it lists every command and exit code."""

from collections.abc import Iterator
from pathlib import Path

from barograph.cli.commands import COMMANDS
from barograph.cli.refusals import INTERRUPTED, NOBODY_READS
from barograph.cli.verb import CommandRefused, NobodyAnswers, Noun
from tests.docs.pages import check_page, one_of_the_pages, serving_page
from tests.programs import ROOT

PAGE = ROOT / "docs" / "commands.md"


@one_of_the_pages(2)
def test_its_commands_answer_what_it_says(database_url: str, tmp_path: Path) -> None:
    with serving_page(database_url, tmp_path, "admin@example.org") as data_dir:
        check_page(PAGE, data_dir)


def test_it_lists_every_command() -> None:
    _, _, listed = PAGE.read_text(encoding="utf-8").partition("| command | does |\n|---|---|\n")
    rows = "\n".join(command_rows())
    assert listed == f"{rows}\n", f"write this at the end of the page:\n{rows}"


def test_it_lists_every_exit_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for code in (CommandRefused.code, NobodyAnswers.code, INTERRUPTED, NOBODY_READS):
        assert f"\n| {code} | " in text


def command_rows() -> Iterator[str]:
    for command in COMMANDS:
        verbs = command.verbs if isinstance(command, Noun) else (command,)
        noun = f"{command.name} " if isinstance(command, Noun) else ""
        for verb in verbs:
            yield f"| `{noun}{verb.name}` | {verb.purpose} |"
