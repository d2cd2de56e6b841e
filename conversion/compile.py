"""From a profile's JSON to a compiled profile: the fields that all kinds share, then the kind's own."""

from dataclasses import replace
from typing import cast

from conversion.auxiliary import DEFAULT_MAX_AGE_S, MAX_MAX_AGE_S
from conversion.canonical import content_hash
from conversion.formulas.formula import Formula
from conversion.formulas.limits import POLICIES, UNBOUNDED, Interval, Limits
from conversion.kinds import KINDS
from conversion.payload.fields import Fields
from conversion.profile import CompiledProfile


def compile_profile(profile: object) -> CompiledProfile:
    """Compile `{"kind": …, "payload": {…}}`, given as parsed JSON.

    Raises `InvalidProfile` with a JSON pointer for each fault.
    """
    compiled = _compile(Fields(profile, _compile))
    return replace(compiled, content_hash=_hash(profile))


def _compile(document: Fields) -> CompiledProfile:
    """Compile a profile that stands alone or is part of another, all but its hash."""
    kind = document.choice("kind", tuple(KINDS))
    payload = document.inner("payload")
    document.close()
    input_unit, output_unit = payload.text("input_unit"), payload.text("output_unit")
    domain, range_ = _bounds(payload, "domain"), _bounds(payload, "range")
    beyond = payload.optional_choice("out_of_domain", tuple(POLICIES))
    max_age_s = _max_age_s(payload)
    formula = KINDS[kind].read(payload)
    compiled = CompiledProfile(
        kind=kind,
        content_hash="",
        input_unit=_unit(payload, "input_unit", input_unit, formula.input_unit),
        output_unit=_unit(payload, "output_unit", output_unit, formula.output_unit),
        formula=formula,
        limits=Limits(
            domain=_narrowed(payload, formula, domain),
            range=range_,
            full_scale=formula.full_scale,
            fault_free=formula.fault_free,
            beyond=formula.beyond if beyond is None else POLICIES[beyond],
        ),
        max_age_s=max_age_s,
    )
    payload.close()
    return compiled


def _unit(payload: Fields, name: str, declared: str | None, own: str | None) -> str | None:
    """The unit that the payload declares, which must be the formula's own if that has one."""
    if declared is not None and own not in (None, declared):
        payload.note(name, f"must be {own}, as another field says")
    return declared or own


def _max_age_s(payload: Fields) -> float:
    if payload.depth and "max_age_s" in payload:
        payload.note("max_age_s", "belongs to the outermost profile")
    max_age_s = payload.number("max_age_s", DEFAULT_MAX_AGE_S)
    if not 0 < max_age_s <= MAX_MAX_AGE_S:
        payload.note("max_age_s", f"must be above 0 and at most {MAX_MAX_AGE_S:g} seconds")
    return max_age_s


def _bounds(payload: Fields, name: str) -> Interval | None:
    fields = payload.inner(name)
    lo, hi = fields.optional_number("min"), fields.optional_number("max")
    fields.end()
    if lo is None and hi is None:
        return None
    if lo is not None and hi is not None and lo > hi:
        payload.note(name, "min must not exceed max")
    return Interval(UNBOUNDED.lo if lo is None else lo, UNBOUNDED.hi if hi is None else hi)


def _narrowed(payload: Fields, formula: Formula, declared: Interval | None) -> Interval | None:
    """The part of the formula's own domain that the payload declares; None when that is everything."""
    if declared is None:
        return None if formula.domain == UNBOUNDED else formula.domain
    domain = Interval(max(formula.domain.lo, declared.lo), min(formula.domain.hi, declared.hi))
    if domain.lo > domain.hi:
        payload.note("domain", "lies outside what the kind is defined for")
    return domain


def _hash(profile: object) -> str:
    document = cast("dict[str, object]", profile)
    return content_hash({"kind": document["kind"], "payload": document.get("payload", {})})
