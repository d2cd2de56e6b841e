"""Lists of large items: each page bounded by its bytes, and all of them together whole."""

import pytest

from api.edge.lists import heavy_pages
from tests.api.server import Person

EXPERIMENTS = 7


@pytest.mark.parametrize("sort", ["-created_at", "name"])
@pytest.mark.parametrize("max_bytes", [1, 25_000, 10**9])
def test_pages_of_large_items_are_cut_by_weight_and_lose_none(
    owner: Person, project: str, monkeypatch: pytest.MonkeyPatch, max_bytes: int, sort: str
) -> None:
    made = {
        owner.made(
            f"/projects/{project}/experiments", {"name": f"e{number}", "metadata": {"text": "x" * 10_000}}
        )["id"]
        for number in range(EXPERIMENTS)
    }
    monkeypatch.setattr(heavy_pages, "MAX_PAGE_BYTES", max_bytes)
    seen, sizes, cursor = list[str](), list[int](), None
    while not sizes or cursor is not None:
        place = {} if cursor is None else {"cursor": cursor}
        page = owner.read(f"/projects/{project}/experiments", limit=5, sort=sort, **place)
        seen += [item["id"] for item in page["items"]]
        sizes.append(len(page["items"]))
        cursor = page["next_cursor"]
    assert len(seen) == EXPERIMENTS
    assert set(seen) == made
    assert max(sizes) == {1: 1, 25_000: 2, 10**9: 5}[max_bytes]
