from barograph_client.backoff import Backoff


def test_waits_grow_to_a_limit_and_start_over_after_a_success() -> None:
    backoff = Backoff(first_s=1, max_s=8)
    for limit_s in [1, 2, 4, 8, 8, 8]:
        assert 0 <= backoff.next_s() <= limit_s
    backoff.reset()
    assert backoff.next_s() <= 1


def test_many_tries_do_no_harm() -> None:
    backoff = Backoff(first_s=1, max_s=30)
    assert max(backoff.next_s() for _ in range(2000)) <= 30
