"""`barograph`, the command line: `up`, `down`, `status` and so on for what runs here, and `project`,
`sensor`, `backfill` and so on for what is in it. `barograph/cli/commands.py` lists them.
"""

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from barograph.cli.commands import COMMANDS, parser
from barograph.cli.parser import parse
from barograph.cli.refusals import NOBODY_READS, exit_code_of
from barograph.cli.show import show
from barograph.cli.verb import Verb
from barograph.cli.words import plain
from barograph.local.shell import forget_other_databases
from barograph.settings import Settings, unknown_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    try:
        return _guarded(sys.argv[1:] if arguments is None else arguments)
    except BrokenPipeError:
        # What is still to be written has no reader: at exit, Python would complain about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS


def _guarded(arguments: Sequence[str]) -> int:
    try:
        options = parse(parser(), plain(arguments, COMMANDS))
        sys.stderr.writelines(f"{sentence}\n" for sentence in unknown_settings())
        return exit_code_of(lambda: _run(options))
    finally:
        sys.stdout.flush()


def _run(options: Namespace) -> int:
    command: Verb = options.verb
    return show(command.run(options, _settings(options)), options)


def _settings(options: Namespace) -> Settings:
    """The environment's settings, with what the command line says instead."""
    said: dict[str, Any] = {
        "data_dir": options.data and options.data.absolute(),
        "api_port": getattr(options, "api_port", None),
        "ingest_port": getattr(options, "ingest_port", None),
        "backup_to": _place(getattr(options, "backup_to", None)),
        "mqtt_config": _place(getattr(options, "mqtt_config", None)),
    }
    settings = Settings(**{name: value for name, value in said.items() if value is not None})
    if settings.database_url is None:
        forget_other_databases()
    return settings


def _place(said: str | None) -> str | None:
    """A folder as it is meant where the command is called."""
    return said if said is None or said.startswith("s3://") else str(Path(said).absolute())


if __name__ == "__main__":
    sys.exit(main())
