"""The load of a sandbox: rigs, sensors, rates, questions."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SandboxShape:
    """The load of a sandbox: what is sent and asked, and for how long.

    Attributes:
        rigs: gateways, each a process with a producer of its own.
        sensors: of each rig.
        rate_hz: readings a second of each sensor.
        late: the share of stretches that rigs send late, 0 to 1.
        questions_hz: questions to the API a second, by all people together; moments are by chance.
        sql_hz: questions in SQL a second; 0 for none.
        seconds: how long.
    """

    rigs: int = 4
    sensors: int = 25
    rate_hz: float = 100.0
    late: float = 0.02
    questions_hz: float = 20.0
    sql_hz: float = 5.0
    seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.rigs < 1 or self.sensors < 1 or self.rate_hz <= 0 or self.seconds < 1:
            raise ValueError("a sandbox has a rig, a sensor, a rate above 0 and a second at least")
        if self.questions_hz < 0 or self.sql_hz < 0 or not 0 <= self.late <= 1:
            raise ValueError("rates of questions are 0 or more, and what is late is a share between 0 and 1")

    @property
    def readings_hz(self) -> float:
        """The rate of all rigs together."""
        return self.rigs * self.sensors * self.rate_hz

    def key(self, rig: int, sensor: int) -> str:
        """A sensor's, which is unique in the project."""
        return f"rig{rig}/s{sensor}"
