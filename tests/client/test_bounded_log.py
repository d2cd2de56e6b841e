import logging

import pytest
from barograph_client.bounded_log import BoundedLog

log = logging.getLogger("bounded")


def test_the_first_is_said_at_once_and_the_others_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    now_s = [0.0]
    bounded = BoundedLog(log, interval_s=60, clock=lambda: now_s[0])
    for second in range(130):
        now_s[0] = float(second)
        bounded.say(logging.WARNING, "rejects", f"line {second}", count=2)
        bounded.say(logging.ERROR, "other", f"other {second}")
    bounded.finish()
    bounded.finish()
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said == [
        "line 0",
        "line 60 (and 118 more of this kind since the last such line)",
        "line 120 (and 118 more of this kind since the last such line)",
        "line 120 (and 18 more of this kind since the last such line)",
    ]
    assert sum(record.levelname == "ERROR" for record in caplog.records) == 4
