"""A broker of events, by the scheme of its URL."""

import pytest

from events.amqp_events import AmqpEvents
from events.broker_choice import choose_broker


@pytest.mark.parametrize("scheme", ["amqp", "amqps"])
def test_rabbitmq_has_its_schemes(scheme: str) -> None:
    assert isinstance(choose_broker("postgresql://", f"{scheme}://host/"), AmqpEvents)


def test_no_other_scheme_has_a_broker() -> None:
    with pytest.raises(ValueError, match="use amqp:// or kafka://"):
        choose_broker("postgresql://", "http://host/")
