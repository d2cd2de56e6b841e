"""Writes `docs/conversion.md` and the plots beside it."""

import ast
from collections.abc import Mapping
from pathlib import Path

from conversion.kinds import KINDS
from tools.reference.curves import chart_of
from tools.reference.page import page
from tools.reference.svg import render

ROOT = Path(__file__).parent.parent.parent
PAGE = Path("docs/conversion.md")
BENCHMARK = Path("benchmarks/conversion.py")


def main() -> None:
    """Write every file, and remove plots of kinds that are no more."""
    written = documents(ROOT)
    plots = ROOT / PAGE.with_suffix("")
    plots.mkdir(exist_ok=True)
    for old in plots.glob("*.svg"):
        if old.relative_to(ROOT) not in written:
            old.unlink()
    for path, text in written.items():
        (ROOT / path).write_text(text, encoding="utf-8")


def documents(root: Path) -> Mapping[Path, str]:
    """The content of each file, by its path from the root."""
    handwritten = (root / PAGE).read_text(encoding="utf-8")
    plots = {PAGE.with_suffix("") / f"{kind.name}.svg": render(chart_of(kind)) for kind in KINDS.values()}
    return {PAGE: page(handwritten, _last_result(root / BENCHMARK)), **plots}


def _last_result(benchmark: Path) -> str:
    """The recorded table of a benchmark file, from its docstring."""
    text = ast.get_docstring(ast.parse(benchmark.read_text(encoding="utf-8"))) or ""
    return text[text.index("Last result") :].strip()


if __name__ == "__main__":
    main()
