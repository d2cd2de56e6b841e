"""Units of measurement, as engineers write them.

    text --grammar--> meanings --scale--> slope and offset to the base unit of a dimension

`symbols`, `words` and `names` are the curated tables, over pint's definitions. A text that they don't hold is
a label, which equals only itself. A text may have several meanings (`C`, `MPA`); a conversion is made only
where all meanings that can be converted agree. docs/units.md states the rules.

Why: decision 170.
"""

from barograph.units.joining import are_same, is_unit, line_between, remark

__all__ = ["are_same", "is_unit", "line_between", "remark"]
