"""Committers of a test's own, without a process around them."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from uuid import UUID

from barograph.catalog.catalog import CatalogCache
from barograph.database.schema.program_roles import ProgramRole
from ingest.commits.batch import FrameBatch
from ingest.commits.committer import Committer
from ingest.messages.frames import Source
from tests.ingest.database import ask
from tests.programs import url_of


@contextmanager
def committing(
    database_url: str, on_stored: Callable[[FrameBatch], None] = lambda _: None
) -> Generator[Committer]:
    """A committer with a catalog of its own, gone afterwards."""
    own_url = url_of(ProgramRole.INGEST, database_url)
    cache = CatalogCache(own_url)
    cache.open()
    committer = Committer(own_url, cache, 50_000, on_stored)
    try:
        yield committer
    finally:
        committer.close()
        cache.close()


def public_id_of(source: Source) -> UUID:
    """Of the producer whose stream it is."""
    assert source.producer_id is not None
    return source.producer_id.public_id


def last_seq(database_url: str, source: Source) -> int:
    """Where the source's producer stands in the database."""
    return ask(database_url, "select last_seq from producer where public_id = %s", public_id_of(source))[0][0]
