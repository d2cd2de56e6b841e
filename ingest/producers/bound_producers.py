"""The producers bound by this process, so that news from elsewhere finds their connections."""

from uuid import UUID

from barograph.catalog.catalog import Catalog
from barograph.times import now_us
from ingest.producers.producer_stream import REVOKED, SUPERSEDED, Producer


class Registry:
    """The bound producers by public id: at most one live stream each. Used on the event loop alone."""

    def __init__(self) -> None:
        self._producers: dict[UUID, Producer] = {}
        self._by_project: dict[int, set[Producer]] = {}

    def __len__(self) -> int:
        return len(self._producers)

    def add(self, producer: Producer) -> None:
        """Registers a fresh bind; an older one of the same producer ends."""
        public_id = producer.producer_id.public_id
        held = self._producers.get(public_id)
        if held is not None and held.source.epoch > producer.source.epoch:
            producer.end(SUPERSEDED)
            return
        self._producers[public_id] = producer
        self._by_project.setdefault(producer.source.project_id, set()).add(producer)
        if held is not None:
            self._forget(held)
            held.end(SUPERSEDED)

    def remove(self, producer: Producer) -> None:
        """Forgets a stream that has ended."""
        public_id = producer.producer_id.public_id
        if self._producers.get(public_id) is producer:
            del self._producers[public_id]
            self._forget(producer)

    def note_bind(self, public_id: UUID, epoch: int) -> None:
        """Somebody bound the producer; an older stream of ours ends."""
        held = self._producers.get(public_id)
        if held is not None and held.source.epoch < epoch:
            held.end(SUPERSEDED)

    def note_catalog(self, catalog: Catalog) -> None:
        """Ends the streams of a project whose token is gone or has run out."""
        now = now_us()
        for producer in self._of_project(catalog.project_id):
            if not catalog.has_valid(producer.source.token_id, now):
                producer.end(REVOKED)

    def end_project(self, project_id: int) -> None:
        """Ends the streams of a project that was deleted."""
        for producer in self._of_project(project_id):
            producer.end(REVOKED)

    def producers(self) -> list[Producer]:
        """All of them."""
        return list(self._producers.values())

    def project_ids(self) -> list[int]:
        """The projects that have a stream here."""
        return list(self._by_project)

    def _of_project(self, project_id: int) -> list[Producer]:
        return list(self._by_project.get(project_id, ()))

    def _forget(self, producer: Producer) -> None:
        own = self._by_project[producer.source.project_id]
        own.discard(producer)
        if not own:
            del self._by_project[producer.source.project_id]
