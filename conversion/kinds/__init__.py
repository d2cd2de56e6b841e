"""The kinds of profile by name. A kind is one file here, which defines it as `KIND`."""

from conversion.kind import Kind
from conversion.kinds import (
    adc,
    bitfield,
    bridge,
    current_loop,
    enumeration,
    exponential,
    frequency,
    identity,
    iepe,
    linear,
    logarithmic,
    lookup_table,
    map_range,
    piecewise_linear,
    polynomial,
    power,
    range_map,
    rational,
    rtd,
    rtd_polynomial,
    segmented_polynomial,
    spline,
    strain_gauge,
    thermocouple,
)

KINDS: dict[str, Kind] = {
    module.KIND.name: module.KIND
    for module in (
        identity,
        linear,
        map_range,
        polynomial,
        segmented_polynomial,
        rational,
        exponential,
        logarithmic,
        power,
        lookup_table,
        piecewise_linear,
        spline,
        range_map,
        enumeration,
        bitfield,
        adc,
        thermocouple,
        rtd,
        rtd_polynomial,
        strain_gauge,
        bridge,
        current_loop,
        iepe,
        frequency,
    )
}
