"""Sensors that are made because readings of them came, as far as the project allows that."""

import asyncio
from collections.abc import Sequence

import structlog

from barograph.catalog.references import has_form_of_id
from barograph.database.queries import query
from ingest.edges.gate import Gate
from ingest.messages.body import Body
from ingest.producers.ingest_tokens import Sender

log = structlog.stdlib.get_logger(__name__)


async def register_unknown(gate: Gate, sender: Sender, body: Body, references: Sequence[str]) -> None:
    """Makes sensors of those of the body's references that are keys the project has no sensor of."""
    if not sender.register_up_to:
        return
    catalog = gate.cache.cached(sender.project_id) or await asyncio.to_thread(
        gate.cache.get, sender.project_id
    )
    if gate.channels.of(sender.token_id, body.references).are_known(catalog):
        return
    unknown = [
        each
        for each in references
        if catalog.slot(each) is None and not has_form_of_id(each) and not each.isspace()
    ]
    if not unknown:
        return
    parameters = {"project_id": sender.project_id, "token_id": sender.token_id, "keys": unknown}
    async with gate.pool.connection() as connection:
        cursor = await connection.execute(query("ingest.register_sensors"), parameters)
        row = await cursor.fetchone()
    if row is not None and row["made"]:
        log.info("sensors registered", project_id=sender.project_id, sensors=row["made"])
