"""Readings of a simulated rig, stretch after stretch. Pure: the same seed gives the same readings."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from barograph_client.commands.simulation.waveforms import WAVEFORMS

SECOND_US = 1_000_000
HOUR_S = 3600.0


@dataclass(frozen=True)
class SimulatedColumns:
    """int32 channel[n], int64 t_us[n], float64 value[n]: the stretch's times, channel after channel."""

    channel: npt.NDArray[np.int32]
    t_us: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.channel)

    def take(self, kept: npt.NDArray[np.bool_]) -> "SimulatedColumns":
        """Only those that are kept."""
        return SimulatedColumns(self.channel[kept], self.t_us[kept], self.value[kept])


@dataclass(frozen=True)
class SimulatedBursts:
    """Bursts: for `length_s` of every `every_s` the rig samples `factor` times as often."""

    every_s: float
    length_s: float
    factor: int


@dataclass(frozen=True)
class SimulationShape:
    """The sensors of a rig, and its faults.

    Attributes:
        sensors: how many.
        rate_hz: readings a second of each.
        waveforms: names of WAVEFORMS, which sensors have in turn.
        period_s: the first sensor's; each further one's is a tenth longer.
        amplitude, level: the waveform's half height, and its middle.
        noise: standard deviation of what is added to each value.
        drift_per_hour: what is added to all values in an hour.
        dropouts: the share of time in which a sensor is silent.
        dropout_s: how long it is silent at a time.
        late: the share of stretches that are sent late.
        late_s: by how much.
        clock_offset_s, clock_drift_ppm: how wrong the rig's clock is, and how fast it goes wrong.
        clock_jump_s: the clock jumps by so much and back, in turns of ten seconds; 0 for never.
        bursts: when it samples faster, if it does.
        seed: of all chance.
    """

    sensors: int = 4
    rate_hz: float = 100.0
    waveforms: tuple[str, ...] = ("sine",)
    period_s: float = 10.0
    amplitude: float = 1.0
    level: float = 0.0
    noise: float = 0.01
    drift_per_hour: float = 0.0
    dropouts: float = 0.0
    dropout_s: float = 5.0
    late: float = 0.0
    late_s: float = 30.0
    clock_offset_s: float = 0.0
    clock_drift_ppm: float = 0.0
    clock_jump_s: float = 0.0
    bursts: SimulatedBursts | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        unknown = set(self.waveforms) - WAVEFORMS.keys()
        if unknown or not self.waveforms:
            raise ValueError(
                f"waveforms are {', '.join(WAVEFORMS)}, not {', '.join(sorted(unknown)) or 'none'}"
            )
        if self.sensors < 1 or self.rate_hz <= 0 or self.period_s <= 0 or self.dropout_s <= 0:
            raise ValueError("sensors, rate, period and the length of dropouts must be above 0")
        if not 0 <= self.dropouts < 1 or not 0 <= self.late <= 1:
            raise ValueError("dropouts lie between 0 and 1, and so does what is late")


@dataclass
class SimulatedRig:
    """A rig of this shape, whose time begins at `start_us` by a clock that is right.

    `readings` is asked for stretches that follow one another.
    """

    shape: SimulationShape
    start_us: int
    _random: np.random.Generator = field(init=False)
    _next: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.shape.seed)

    def readings(self, until_us: int) -> SimulatedColumns:
        """The readings from where the last call ended to `until_us`, by the rig's own clock."""
        shape = self.shape
        step_us = SECOND_US / shape.rate_hz
        count = max(int((until_us - self.start_us) / step_us) - self._next, 0)
        offset_us = np.arange(self._next, self._next + count, dtype=np.float64) * step_us
        self._next += count
        true_us = self._sampled(offset_us, step_us)
        value = self._values(true_us)
        channel = np.repeat(np.arange(shape.sensors, dtype=np.int32), len(true_us))
        t_us = np.tile(self.start_us + self._clock(true_us), shape.sensors)
        columns = SimulatedColumns(channel, t_us, value)
        return columns if shape.dropouts == 0 else columns.take(self._is_heard(true_us))

    def is_late(self) -> bool:
        """Whether the stretch at hand is sent late."""
        return bool(self._random.random() < self.shape.late)

    def _sampled(self, offset_us: npt.NDArray[np.float64], step_us: float) -> npt.NDArray[np.float64]:
        """Adds the times between, where the rig samples faster."""
        bursts = self.shape.bursts
        if bursts is None:
            return offset_us
        is_burst = offset_us / SECOND_US % bursts.every_s < bursts.length_s
        between = np.arange(1, bursts.factor) * step_us / bursts.factor
        return np.sort(np.concatenate([offset_us, (offset_us[is_burst, None] + between).ravel()]))

    def _values(self, true_us: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        shape = self.shape
        true_s = true_us / SECOND_US
        value = np.empty((shape.sensors, len(true_s)))
        for sensor in range(shape.sensors):
            waveform = WAVEFORMS[shape.waveforms[sensor % len(shape.waveforms)]]
            value[sensor] = waveform(true_s / (shape.period_s * 1.1 ** (sensor % 50)))
        value *= shape.amplitude
        value += shape.level + shape.drift_per_hour * true_s / HOUR_S
        if shape.noise:
            value += self._random.standard_normal(value.shape) * shape.noise
        return value.ravel()

    def _clock(self, true_us: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """The times on the rig's clock, as distances from its start."""
        shape = self.shape
        wrong_us = shape.clock_offset_s * SECOND_US + true_us * shape.clock_drift_ppm / 1e6
        is_jumped = (true_us // (10 * SECOND_US)) % 2 == 1
        return np.rint(true_us + wrong_us + is_jumped * (shape.clock_jump_s * SECOND_US)).astype(np.int64)

    def _is_heard(self, true_us: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Whether each sensor is heard at each time.

        It is silent for whole turns, which chance picks by its number.
        """
        shape = self.shape
        turn = (true_us // (shape.dropout_s * SECOND_US)).astype(np.uint64)
        sensor = np.arange(shape.sensors, dtype=np.uint64)[:, None]
        return (_chance(turn[None, :], sensor, shape.seed) >= shape.dropouts).ravel()


def _chance(
    turn: npt.NDArray[np.uint64], sensor: npt.NDArray[np.uint64], seed: int
) -> npt.NDArray[np.float64]:
    """Between 0 and 1, the same for the same turn of the same sensor: a mix of bits after splitmix64."""
    mixed = turn * np.uint64(0x9E3779B97F4A7C15) + sensor * np.uint64(0xBF58476D1CE4E5B9) + np.uint64(seed)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return (mixed ^ (mixed >> np.uint64(31))).astype(np.float64) / 2.0**64
