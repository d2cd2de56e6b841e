"""Alarms of what is committed: those of the model, however frames are cut into commits."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from barograph.times import format_us, now_us
from ingest.messages.frames import ReceivedFrame, Source
from tests.alarms import Told, add_limits, alarms_of, events_of
from tests.barograph.alarms.limits import Limit, ModelAlarm, ModelLimit
from tests.examples import few_examples
from tests.ingest.committing import committing
from tests.ingest.database import ask
from tests.ingest.frames import bind_source, make_frame
from tests.seed import Profile, seed_project

SENSORS = 3
DOUBLED = Profile(payload={"slope": 2, "offset": 0})

Row = tuple[int, int, float]  # sensor, seconds from the start, raw
LIMITS = (
    Limit(slot=0, high=2.0),
    Limit(slot=0, low=-2.0, high=4.0, hysteresis=1.0, delay_us=3_000_000),
    Limit(slot=1, low=0.0, hysteresis=0.5),
)
rows = st.tuples(
    st.integers(0, SENSORS - 1), st.integers(0, 40), st.sampled_from([-1.5, -0.5, 0.0, 0.2, 1.0, 1.4, 2.5])
)
frames = st.lists(st.tuples(st.booleans(), st.lists(rows, max_size=8)), min_size=1, max_size=10)


def bound(limit: Limit, start_us: int) -> Limit:
    """Valid for a part of the time."""
    return replace(limit, from_us=start_us + 5_000_000, to_us=start_us + 35_000_000)


def frame(source: Source, seq: int, content: Sequence[Row], start_us: int) -> ReceivedFrame:
    channel, seconds, value = zip(*content, strict=True) if content else ((), (), ())
    return make_frame(source, seq, value, t_us=[start_us + s * 1_000_000 for s in seconds], channel=channel)


def expected(limit: Limit, sent: Sequence[tuple[bool, Sequence[Row]]], start_us: int) -> ModelLimit:
    """By frames in order; those of history, late readings and null physical ones count for nothing."""
    model, newest_us = ModelLimit(limit), 0
    for is_historical, content in sent:
        if is_historical:
            continue
        times = sorted(
            ((start_us + s * 1_000_000, raw) for slot, s, raw in content if slot == limit.slot),
            key=lambda r: r[0],
        )
        for t_us, raw in times:
            if t_us >= newest_us:
                newest_us = t_us
                model.see(t_us, 2 * raw)
    return model


def told(alarms: Sequence[ModelAlarm]) -> list[Told]:
    events = [("alarm.raised", alarm.raised_us) for alarm in alarms]
    events += [("alarm.cleared", alarm.cleared_us) for alarm in alarms if alarm.cleared_us is not None]
    return [Told(kind, format_us(at)) for kind, at in events]


@few_examples(4)
@given(frames, st.data())
def test_any_cut_of_frames_into_commits_gives_the_alarms_of_the_model(
    database_url: str, sent: list[tuple[bool, list[Row]]], data: st.DataObject
) -> None:
    project = seed_project(database_url, SENSORS, [DOUBLED])
    start_us = now_us() // 1_000_000 * 1_000_000 - 60_000_000
    limits = [*LIMITS, bound(LIMITS[0], start_us)]
    ids = add_limits(database_url, project, *limits)
    source = bind_source(database_url, project)
    past = replace(source, historical=True)
    whole = [
        frame(past if is_historical else source, seq, content, start_us)
        for seq, (is_historical, content) in enumerate(sent, 1)
    ]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole)))) | {len(whole)})
    with committing(database_url) as committer:
        for start, end in zip([0, *cuts], cuts, strict=False):
            list(committer.commit(whole[start:end]))
    for limit, limit_id in zip(limits, ids, strict=True):
        model = expected(limit, sent, start_us)
        assert alarms_of(database_url, limit_id) == model.alarms
        assert sorted(events_of(database_url, limit_id)) == sorted(told(model.alarms))
        standing = ask(database_url, "select is_raised from limit_standing where limit_id = %s", limit_id)
        stands = model.active is not None or model.since_us is not None
        assert standing == ([(model.active is not None,)] if stands else [])
