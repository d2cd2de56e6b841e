from conversion import Flag


def test_stored_bits_keep_their_meaning() -> None:
    assert {flag.name: flag.value for flag in Flag} == {
        "BELOW_RANGE": 1,
        "ABOVE_RANGE": 2,
        "EXTRAPOLATED": 4,
        "NOT_FINITE": 8,
        "SATURATED": 16,
        "LOOP_FAULT": 32,
        "MISSING_AUXILIARY": 64,
        "ROUNDED": 128,
    }
