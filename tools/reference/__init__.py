"""The reference of every kind in `docs/conversion.md`, with a plot of each; never imported by programs.

    KINDS -> page.py (text, tables of fields) -> docs/conversion.md, below its hand-written part
          -> curves.py -> svg.py (axes, lines) -> docs/conversion/<kind>.svg

`python -m tools.reference` writes them; a test fails while they are stale.
"""
