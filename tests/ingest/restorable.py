"""A database that goes back to an earlier state while programs run on it, as by a restore."""

from collections.abc import Generator
from contextlib import contextmanager

import psycopg
from psycopg.sql import SQL, Identifier

from tests.conftest import database_name, temporary_database


class RestorableDatabase:
    """A database with a backup of it."""

    def __init__(self, server_url: str, url: str, backup: str) -> None:
        self.url = url
        self._server_url, self._name, self._backup = server_url, url.rpartition("/")[2], backup

    def back_up(self) -> None:
        """As it is now. Nobody may be connected."""
        self._copy(self._name, self._backup)

    def restore(self) -> None:
        """As it was then; whoever is connected loses the connection."""
        self._copy(self._backup, self._name)

    def _copy(self, source: str, target: str) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(SQL("drop database if exists {} with (force)").format(Identifier(target)))
            connection.execute(
                SQL("create database {} template {}").format(Identifier(target), Identifier(source))
            )


@contextmanager
def restorable(server_url: str, template_name: str) -> Generator[RestorableDatabase]:
    name, backup = database_name(), database_name()
    with temporary_database(server_url, name, template_name) as url:
        try:
            yield RestorableDatabase(server_url, url, backup)
        finally:
            with psycopg.connect(server_url, autocommit=True) as connection:
                connection.execute(SQL("drop database if exists {} with (force)").format(Identifier(backup)))
