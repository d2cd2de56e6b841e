"""What a browser has to load, compressed."""

import gzip
import re
from pathlib import Path

ENTRY_BYTES = 70_000
ALL_BYTES = 250_000


def sent_bytes(path: Path) -> int:
    """As the API sends it to a browser that takes gzip."""
    compressed = path.with_name(f"{path.name}.gz")
    return len(compressed.read_bytes() if compressed.exists() else gzip.compress(path.read_bytes()))


def test_what_every_page_loads_is_small(portal_dist: Path) -> None:
    index = (portal_dist / "index.html").read_text()
    entry = set(re.findall(r'(?:src|href)="/(assets/[^"]+)"', index))
    assert len(entry) >= 2
    assert sum(sent_bytes(portal_dist / name) for name in entry) <= ENTRY_BYTES


def test_all_of_it_is_small(portal_dist: Path) -> None:
    assets = [path for path in (portal_dist / "assets").iterdir() if path.suffix not in {".br", ".gz"}]
    assert sum(map(sent_bytes, assets)) <= ALL_BYTES


def test_no_script_or_style_stands_in_the_page(portal_dist: Path) -> None:
    index = (portal_dist / "index.html").read_text()
    assert re.findall(r"<style|<script(?![^>]*\bsrc=)| style=| on\w+=|https?://", index) == []
