"""XTCE match criteria: what another parameter must be for a calibrator to apply."""

import math
from collections.abc import Callable
from typing import NamedTuple
from xml.etree.ElementTree import Element

from conversion.errors import ImportRefused
from conversion.importers.xtce.xml import child, children


class XtceComparison(NamedTuple):
    """A parameter and the values it may have: from `lo` up to, but not including, `hi`."""

    parameter: str
    lo: float
    hi: float


def comparison_of(rule: str, criteria: Element, value_of: Callable[[str, str], float]) -> XtceComparison:
    """The comparison that a ContextMatch demands.

    Args:
        rule: for errors.
        criteria: the ContextMatch.
        value_of: what a parameter's value in the text stands for: a number, or a label's code.

    Raises:
        ImportRefused: it is more than an interval of one parameter.
    """
    group = child(criteria, "ComparisonList")
    elements = children(criteria if group is None else group, "Comparison")
    comparisons = [_comparison(rule, each, value_of) for each in elements]
    if len({each.parameter for each in comparisons}) != 1:
        raise ImportRefused(rule, "a context that is no comparison with one parameter")
    lo, hi = max(each.lo for each in comparisons), min(each.hi for each in comparisons)
    if lo >= hi:
        raise ImportRefused(rule, "a context that never holds")
    return XtceComparison(comparisons[0].parameter, lo, hi)


def _comparison(rule: str, element: Element, value_of: Callable[[str, str], float]) -> XtceComparison:
    parameter = element.get("parameterRef", "")
    if element.get("useCalibratedValue", "true") != "true":
        raise ImportRefused(rule, f"a context with the raw value of {parameter}, which is not at hand")
    value = value_of(parameter, element.get("value", "").strip())
    just_above = math.nextafter(value, math.inf)
    match element.get("comparisonOperator", "=="):
        case "==":
            return XtceComparison(parameter, value, just_above)
        case ">=":
            return XtceComparison(parameter, value, math.inf)
        case ">":
            return XtceComparison(parameter, just_above, math.inf)
        case "<=":
            return XtceComparison(parameter, -math.inf, just_above)
        case "<":
            return XtceComparison(parameter, -math.inf, value)
        case operator:
            raise ImportRefused(rule, f"a context with {operator}")
