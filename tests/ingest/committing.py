"""Committers of a test's own, without a process around them."""

from collections.abc import Generator
from contextlib import contextmanager

from barograph.catalog.catalog import CatalogCache
from ingest.commits.committer import Committer
from ingest.messages.frames import Source
from tests.ingest.database import ask


@contextmanager
def committing(database_url: str) -> Generator[Committer]:
    """A committer with a catalog of its own, gone afterwards."""
    cache = CatalogCache(database_url)
    cache.open()
    committer = Committer(database_url, cache, 50_000, lambda _: None)
    try:
        yield committer
    finally:
        committer.close()
        cache.close()


def last_seq(database_url: str, source: Source) -> int:
    """Where the source's producer stands in the database."""
    return ask(database_url, "select last_seq from producer where id = %s", source.producer_id)[0][0]
