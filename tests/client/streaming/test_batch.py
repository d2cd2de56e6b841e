"""What is recorded and not sent yet: how much of it there may be."""

from barograph_client.streaming.batch import RecordBatch


def test_what_is_being_sent_takes_its_room_until_it_is() -> None:
    batch = RecordBatch(["a"], max_readings=2)
    assert [batch.add("a", value, 1, 0) for value in (1.0, 2.0, 3.0)] == [1, 2, None]
    taken = batch.take()
    assert batch.add("a", 3.0, 1, 0) is None
    batch.put_back(taken)
    assert batch.add("a", 3.0, 1, 0) is None
    assert batch.take().value == [1.0, 2.0]
    batch.settle()
    assert batch.add("a", 3.0, 1, 0) == 1
