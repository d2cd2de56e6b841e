"""What a source's channels mean while the catalog moves on."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.catalog.catalog import Catalog
from barograph.catalog.catalog_tokens import CatalogToken
from barograph.catalog.sensor_names import Numbering
from barograph.catalog.timeline import FOREVER_US
from ingest.messages import known_channels
from ingest.messages.frames import Source
from ingest.messages.known_channels import RequestChannels, resolve
from tests.barograph.catalog.catalogs import PROJECT_ID, TOKEN_ID, make_catalog

NAMES = [f"s{number}" for number in range(8)] + ["nobody"]


def source_of(references: Sequence[str]) -> Source:
    return Source(PROJECT_ID, TOKEN_ID, references, lambda _: None)


@given(
    st.lists(st.sampled_from(NAMES), max_size=8),
    st.lists(
        st.tuples(st.integers(0, 7), st.sampled_from(["grow", "rename", "scope", "revoke"])), max_size=8
    ),
)
def test_channels_are_what_the_catalog_says_whatever_was_known_before(
    references: list[str], story: list[tuple[int, str]]
) -> None:
    source, catalog = source_of(references), make_catalog(["active"])
    for sensors, change in story:
        catalog = changed(catalog, sensors, change)
        assert source.slots(catalog).tolist() == resolve(catalog, TOKEN_ID, references).tolist()
        assert source.resolved_numbers(catalog).tolist() == fresh_numbers(catalog, references)


def changed(catalog: Catalog, sensors: int, change: str) -> Catalog:
    grown = make_catalog(["active"] * max(sensors, len(catalog.keys)))
    grown = replace(grown, slots={**grown.slots, **catalog.slots})
    if change == "grow":
        return replace(grown, tokens=catalog.tokens, numbering=catalog.numbering)
    if change == "rename":
        slots = {name: len(grown.keys) - 1 - slot for name, slot in grown.slots.items()}
        return replace(grown, slots=slots, tokens=catalog.tokens, numbering=Numbering())
    token = CatalogToken(TOKEN_ID, FOREVER_US, frozenset(grown.sensor_ids[:sensors].tolist()), None)
    tokens: dict[UUID, CatalogToken] = {TOKEN_ID: token} if change == "scope" else {}
    return replace(grown, tokens=tokens, numbering=catalog.numbering)


def fresh_numbers(catalog: Catalog, references: Sequence[str]) -> list[int]:
    return source_of(references).resolved_numbers(catalog).tolist()


def test_a_request_is_hashed_by_the_names_that_it_says_and_a_socket_by_its_sensors() -> None:
    catalog = make_catalog(["active"] * 2)
    renamed = replace(catalog, slots={"s0": 1, "s1": 0}, numbering=Numbering())
    request, socket = source_of(["s0"]), source_of(["s0"])
    socket.bind_channels(catalog)
    assert request.sensor_numbers(catalog) == request.sensor_numbers(renamed)
    assert socket.sensor_numbers(catalog) == source_of(["s0"]).resolved_numbers(catalog)
    assert socket.sensor_numbers(catalog) != source_of(["s0"]).resolved_numbers(renamed)


def test_channels_that_are_known_are_not_looked_up_again() -> None:
    catalog, source = make_catalog(["active"] * 3), source_of(["s2", "s0"])
    before = source.slots(catalog)
    later = replace(make_catalog(["active"] * 4), tokens=catalog.tokens, numbering=catalog.numbering)
    assert source.slots(later) is before
    assert np.array_equal(before, [2, 0])


@given(
    st.lists(st.lists(st.sampled_from(NAMES), max_size=4), min_size=1, max_size=8),
    st.lists(
        st.tuples(st.integers(0, 7), st.sampled_from(["grow", "rename", "scope", "revoke"])), max_size=8
    ),
)
def test_requests_that_say_the_same_names_share_what_is_true(
    requests: list[list[str]], story: list[tuple[int, str]]
) -> None:
    channels, catalog = RequestChannels(), make_catalog(["active"])
    for sensors, change in story:
        catalog = changed(catalog, sensors, change)
        for references in requests:
            known = channels.of(TOKEN_ID, list(references))
            are_known, slots = known.are_known(catalog), resolve(catalog, TOKEN_ID, references)
            assert not are_known or (slots >= 0).all()
            assert known.slots(catalog).tolist() == slots.tolist()
            assert known.are_known(catalog) == (slots >= 0).all()
            assert known.resolved_numbers(catalog).tolist() == fresh_numbers(catalog, references)
            assert known.named_numbers().tolist() == source_of(references).named_numbers().tolist()


def test_requests_of_other_names_or_tokens_share_nothing() -> None:
    channels = RequestChannels()
    known = channels.of(TOKEN_ID, ["s0", "s1"])
    assert channels.of(TOKEN_ID, ["s0", "s1"]) is known
    assert channels.of(TOKEN_ID, ["s1", "s0"]) is not known
    assert channels.of(UUID(int=1), ["s0", "s1"]) is not known


def test_only_so_many_names_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_channels, "MAX_KEPT_BYTES", 25_000)
    monkeypatch.setattr(known_channels, "MAX_REQUEST_BYTES", 12_000)
    channels = RequestChannels()
    first, second = [channels.of(TOKEN_ID, [f"{number}" + "x" * 9_000]) for number in range(2)]
    assert channels.of(TOKEN_ID, first.references) is first
    channels.of(TOKEN_ID, ["y" * 9_000])
    assert channels.of(TOKEN_ID, first.references) is first
    assert channels.of(TOKEN_ID, second.references) is not second
    large = channels.of(TOKEN_ID, ["z" * 20_000])
    assert channels.of(TOKEN_ID, ["z" * 20_000]) is not large
