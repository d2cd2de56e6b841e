"""Where things of this machine are."""

from pathlib import Path

from barograph.cli.verb import NobodyAnswers
from barograph.local.command import command_line
from barograph.local.connection import read_connection
from barograph.local.supervisor.data_dir import DataDir
from barograph.settings import Settings


def data_dir(settings: Settings) -> DataDir:
    """The folder of the installation."""
    return DataDir(Path(settings.data_dir).resolve())


def database_url(settings: Settings) -> str:
    """The URL of the database that is set, or of the embedded one.

    Raises:
        NobodyAnswers: neither is there.
    """
    if settings.database_url is not None:
        return settings.database_url
    connection = read_connection(data_dir(settings).connection)
    if connection is None:
        raise NobodyAnswers(
            f"The database does not run: start it with `{command_line('up')}`, or set BAROGRAPH_DATABASE_URL."
        )
    return connection.database_url
