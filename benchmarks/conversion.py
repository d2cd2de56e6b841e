"""Is conversion fast enough that the database stays the limit, also when a batch mixes 500 sensors?

Data: 50,000 raw values, as one committed batch holds them, of the sensors in `conversion_cases`, which have
numbers of their own each. "mixed" is one batch of 500 sensors, 100 rows each, sorted by sensor, through a
ProfileSet; "sensor by sensor" is the same batch with one `convert` call for each sensor. Best of many runs,
one core. Beside it, what plain Python and the thermocouple-its90 package do with one value after the other.

Wanted, in million samples a second: 20 for linear and polynomial, 5 for closed forms and tables, 1 for
iterative kinds, and a mixed batch within 2x of one sensor where the kinds agree.

Run: python -m benchmarks.conversion

Last result (22 November 2026, 2 cores of an AMD EPYC that did other work too, NumPy 2.4.6; one linear sensor
is at memory speed, and a batch of thermocouples of any type is eight small ones):

| profiles                               | one sensor | mixed | sensor by sensor | mixed / one | wanted |
| -------------------------------------- | ---------- | ----- | ---------------- | ----------- | ------ |
| linear                                 | 773        | 352   | 7                | 2.20x       | 20     |
| linear, bounded                        | 308        | 166   | 3                | 1.85x       | 20     |
| polynomial, degree 5                   | 282        | 157   | 5                | 1.80x       | 20     |
| piecewise_linear, 32 points            | 25         | 26    | 4                | 0.97x       | 5      |
| power                                  | 65         | 56    | 5                | 1.17x       | 5      |
| strain_gauge, quarter bridge           | 351        | 191   | 4                | 1.84x       | 5      |
| spline, 32 points                      | 24         | 24    | 3                | 0.98x       | 5      |
| current_loop                           | 320        | 192   | 3                | 1.67x       | 5      |
| ph, temperature measured               | 244        | 138   | 3                | 1.77x       | 5      |
| expression, a·raw² + b·√raw - c        | 215        | 143   | 4                | 1.51x       | 5      |
| chain of three                         | 48         | 40    | 0                | 1.21x       | 5      |
| rtd, Pt100 from -200 to 850 °C         | 111        | 81    | 2                | 1.37x       | 5      |
| rtd_polynomial, Ni120                  | 13         | 12    | 1                | 1.10x       | 1      |
| thermistor_steinhart_hart, divider     | 112        | 86    | 3                | 1.30x       | 5      |
| thermistor_beta                        | 122        | 97    | 4                | 1.26x       | 5      |
| thermocouple K from -270 to 1372 °C    | 24         | 22    | 0                | 1.09x       | 1      |
| thermocouple K, cold junction measured | 9          | 10    | 0                | 0.91x       | 1      |
| thermocouple of any type               | 30         | 14    | 1                | 2.15x       | 1      |
| of these kinds                         | 76         | 33    | 2                | 2.30x       | 1      |

| one value after the other    | values/s   | this library, values/s |
| ---------------------------- | ---------- | ---------------------- |
| plain Python, linear         | 15,752,000 | 780,518,252            |
| plain Python, Steinhart-Hart | 4,608,040  | 123,331,935            |
| thermocouple-its90, type K   | 112,908    | 24,455,558             |
"""

import math
import time
from collections.abc import Callable

import numpy as np
import thermocouple_its90

from barograph.program.memory import keep_freed_memory
from benchmarks.support.conversion_cases import CASES, Case
from benchmarks.table import print_table
from conversion import CompiledProfile, Converted, ProfileSet, compile_profile
from conversion.arrays import Columns, Floats

ROWS = 50_000
SENSORS = 500
RUNS = 40

_rng = np.random.default_rng(2)


def main() -> None:
    """Measure every case and print both tables."""
    keep_freed_memory()  # as the programs do; without it, mixed batches run at a third
    header = ["profiles", "one sensor", "mixed", "sensor by sensor", "mixed / one", "wanted"]
    rows = [[case.name, *measured(case), f"{case.wanted_millions:.0f}"] for case in CASES]
    print_table("Million samples a second", header, rows)
    header = ["one value after the other", "values/s", "this library, values/s"]
    print_table("Beside", header, [beside(*each) for each in OTHERS])


def measured(case: Case) -> list[str]:
    """One row of the first table."""
    one, mixed, per_sensor = (ROWS / seconds / 1e6 for seconds in measure(case))
    return [f"{one:,.0f}", f"{mixed:,.0f}", f"{per_sensor:,.0f}", f"{one / mixed:.2f}x"]


def measure(case: Case) -> tuple[float, float, float]:
    """Seconds for one batch: of one sensor (mean of eight), of all sensors together, and sensor by sensor."""
    profiles = case.profiles(SENSORS)
    together = ProfileSet(profiles)
    which = np.repeat(np.arange(SENSORS, dtype=np.int32), ROWS // SENSORS)
    batches = [case.raw(profile, ROWS // SENSORS) for profile in profiles]
    raw, aux = np.concatenate(batches), [_rng.uniform(15, 35, ROWS)]

    def sensor_by_sensor() -> list[Converted]:
        return [
            convert(profile, batch, [aux[0][: len(batch)]])
            for profile, batch in zip(profiles, batches, strict=True)
        ]

    return (
        float(np.mean([_one_sensor(case, profile, aux) for profile in profiles[:8]])),
        best_seconds(lambda: [together.convert(which, raw, aux)]),
        best_seconds(sensor_by_sensor),
    )


def _one_sensor(case: Case, profile: CompiledProfile, aux: Columns) -> float:
    raw = case.raw(profile, ROWS)
    return best_seconds(lambda: [convert(profile, raw, aux)])


def convert(profile: CompiledProfile, raw: Floats, aux: Columns) -> Converted:
    """Convert with the channels the profile asks for."""
    return profile.convert(raw, dict(zip(profile.channels, aux, strict=False)))


def beside(
    name: str, convert_one: Callable[[float], float], profile: CompiledProfile, raw: Floats
) -> list[str]:
    """One row of the second table: a function of one value, against the same profile on columns."""
    values = raw[:2000].tolist()
    theirs = len(values) / best_seconds(lambda: [convert_one(value) for value in values])
    ours = len(raw) / best_seconds(lambda: [profile.convert(raw)])
    return [name, f"{theirs:,.0f}", f"{ours:,.0f}"]


def best_seconds(run: Callable[[], list[Converted] | list[float]]) -> float:
    """The fastest of many runs, which is the least disturbed one."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best


def line(value: float) -> float:
    """Plain Python's gain and offset."""
    return 0.1 * value - 50.0


def thermistor(ohms: float) -> float:
    """Plain Python's Steinhart-Hart."""
    x = math.log(ohms)
    return 1.0 / (1.129241e-3 + x * (2.341077e-4 + x * x * 8.775468e-8)) - 273.15


OTHERS = [
    (
        "plain Python, linear",
        line,
        compile_profile({"kind": "linear", "payload": {"slope": 0.1, "offset": -50}}),
        _rng.uniform(100, 1750, ROWS),
    ),
    (
        "plain Python, Steinhart-Hart",
        thermistor,
        compile_profile(
            {
                "kind": "thermistor_steinhart_hart",
                "payload": {"a": 1.129241e-3, "b": 2.341077e-4, "c": 8.775468e-8},
            }
        ),
        _rng.uniform(500, 50_000, ROWS),
    ),
    (
        "thermocouple-its90, type K",
        thermocouple_its90.get("K").temperature,
        compile_profile(
            {
                "kind": "thermocouple",
                "payload": {"type": "K", "input": "mV", "cold_junction": {"temperature_c": 0}},
            }
        ),
        _rng.uniform(-6.4, 54.8, ROWS),
    ),
]

if __name__ == "__main__":
    main()
