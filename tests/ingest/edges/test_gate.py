"""Whoever needs a catalog that can't be read is told so in time."""

import asyncio
from typing import cast
from uuid import uuid4

import psycopg
import pytest

from barograph.catalog.catalog import CatalogCache
from barograph.database.connections import create_pool
from barograph.errors import Unavailable
from barograph.settings import Settings
from ingest.commits.pipeline import Pipeline
from ingest.edges import gate
from ingest.edges.gate import Gate
from ingest.messages.known_channels import KnownChannels
from ingest.producers.ingest_tokens import Sender
from tests.ingest.database import wait_for_a_blocked_backend
from tests.seed import Project


def test_a_catalog_that_is_not_read_in_time_is_refused_and_can_be_had_later(
    database_url: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = CatalogCache(database_url)
    cache.open()

    async def ask_while_it_hangs() -> None:
        asked = Gate(Settings.model_construct(), create_pool(database_url, 2), cache, cast("Pipeline", None))
        sender = Sender(project.token_id, project.id, None, project.token_id, True, None, "", 0)
        channels = KnownChannels(project.token_id, ["s0"])
        with psycopg.connect(database_url) as holder:
            holder.execute("lock table sensor in access exclusive mode")
            with pytest.raises(Unavailable):
                await asked.catalog_for(sender, channels)
            with pytest.raises(Unavailable):
                await asked.catalog_as_of(project.id, uuid4())
            wait_for_a_blocked_backend(database_url)
        monkeypatch.undo()
        assert (await asked.catalog_for(sender, channels)).keys == (
            await asked.catalog_as_of(project.id, uuid4())
        ).keys

    monkeypatch.setattr(gate, "CATALOG_WAIT_S", 0.2)
    try:
        asyncio.run(ask_while_it_hangs())
    finally:
        cache.close()
