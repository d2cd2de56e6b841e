-- What series are made of: roll-ups and readings, as columns, for spans of time of several sensors.
--
-- Spans come as arrays. Each is looked up by itself, through the index: `offset 0` keeps the planner from
-- joining them with whole chunks, which 500 spans tempt it to. The outer bounds say nothing new, but are
-- constants, by which chunks are left out. What is not needed is filtered away by constants, too.

-- name: sessions
-- The capture sessions of a question, once for each of their sensors, in the order these were made.
select sensor.public_id as sensor_id, session.started_at, session.stopped_at
from capture_session as session
join capture_session_sensor as taken on taken.capture_session_id = session.id
join sensor on sensor.id = taken.sensor_id
where (%(capture_session_id)s::int is null or session.id = %(capture_session_id)s)
    and (%(run_id)s::int is null or session.run_id = %(run_id)s)
    and session.started_at is not null
order by sensor.id, session.started_at;

-- name: first_start
-- When the first capture session of a question started, with sensors or without; null: none has.
select min(started_at) as started_at
from capture_session
where (%(capture_session_id)s::int is null or id = %(capture_session_id)s)
    and (%(run_id)s::int is null or run_id = %(run_id)s);

-- name: chunks
-- The ranges of those of hypertables that exist in a period.
select
    coalesce(array_agg(range_start), '{}') as range_start,
    coalesce(array_agg(range_end), '{}') as range_end
from (
    select distinct range_start, range_end
    from timescaledb_information.chunks
    where hypertable_schema = current_schema
        and hypertable_name = any(%(hypertables)s)
        and range_end > %(from)s
        and range_start < %(to)s
) as chunk;

-- name: stale
-- What roll-ups don't hold yet. A minute with the mask of its seconds; -1: all.
select
    coalesce(array_agg(tier_s), '{}') as tier_s,
    coalesce(array_agg(bucket), '{}') as bucket,
    coalesce(array_agg(sensor_id), '{}') as sensor_id,
    coalesce(array_agg(seconds), '{}') as seconds
from (
    select 60 as tier_s, minute as bucket, touched.sensor_id, coalesce(touched.seconds, -1) as seconds
    from dirty_window
    cross join unnest(dirty_window.sensor_ids, dirty_window.seconds) as touched (sensor_id, seconds)
    where minute > %(from)s::timestamptz - interval '1 minute'
        and minute < %(to)s
        and dirty_window.sensor_ids && %(sensor_ids)s
        and touched.sensor_id = any(%(sensor_ids)s)
    union all
    select tier_s, bucket, touched.sensor_id, -1
    from fold_due
    cross join unnest(sensor_ids) as touched (sensor_id)
    where bucket > %(from)s::timestamptz - interval '1 day'
        and bucket < %(to)s
        and sensor_ids && %(sensor_ids)s
        and touched.sensor_id = any(%(sensor_ids)s)
) as mark;

-- name: rewritten
-- Where values have been replaced after a time: there roll-ups don't say what was believed then.
select
    coalesce(array_agg(sensor_id), '{}') as sensor_id,
    coalesce(array_agg(greatest(lower(during), %(from)s)), '{}') as starts_at,
    coalesce(array_agg(least(upper(during), %(to)s)), '{}') as ends_at
from backfill_saved
cross join unnest(sensor_ids) as replaced (sensor_id)
where project_id in (select project_id from sensor where id = any(%(sensor_ids)s))
    and replaced_at > %(as_of)s
    and during && tstzrange(%(from)s, %(to)s)
    and replaced.sensor_id = any(%(sensor_ids)s);

-- name: minutes_with_seconds
select coalesce(array_agg(track), '{}') as track, coalesce(array_agg(bucket), '{}') as bucket
from (
    select span.track, found.bucket
    from unnest(%(track)s::int4[], %(sensor_id)s::int4[], %(from_us)s::int8[], %(to_us)s::int8[])
        as span (track, sensor_id, from_us, to_us)
    cross join lateral (
        select bucket
        from rollup
        where rollup.sensor_id = span.sensor_id
            and tier_s = 60
            and has_seconds
            and bucket >= timestamptz 'epoch' + span.from_us * interval '1 microsecond'
            and bucket < timestamptz 'epoch' + span.to_us * interval '1 microsecond'
            and bucket >= %(from)s
            and bucket < %(to)s
        offset 0
    ) as found
) as minute;

-- name: seconds_with_fine
-- With the finest tier that each keeps.
select
    coalesce(array_agg(track), '{}') as track,
    coalesce(array_agg(bucket), '{}') as bucket,
    coalesce(array_agg(finest_us), '{}') as finest_us
from (
    select span.track, found.bucket, found.finest_us
    from unnest(%(track)s::int4[], %(sensor_id)s::int4[], %(from_us)s::int8[], %(to_us)s::int8[])
        as span (track, sensor_id, from_us, to_us)
    cross join lateral (
        select bucket, finest_us
        from rollup
        where rollup.sensor_id = span.sensor_id
            and tier_s = 1
            and has_seconds
            and finest_us is not null
            and bucket >= timestamptz 'epoch' + span.from_us * interval '1 microsecond'
            and bucket < timestamptz 'epoch' + span.to_us * interval '1 microsecond'
            and bucket >= %(from)s
            and bucket < %(to)s
        offset 0
    ) as found
) as second;

-- name: count_in_hours
-- How many readings there are, as far as hours tell.
select coalesce(sum(readings), 0)::int8 as readings
from unnest(%(track)s::int4[], %(sensor_id)s::int4[], %(from_us)s::int8[], %(to_us)s::int8[])
    as span (track, sensor_id, from_us, to_us)
cross join lateral (
    select case when %(is_raw)s then raw_count else physical_count end as readings
    from rollup
    where rollup.sensor_id = span.sensor_id
        and tier_s = 3600
        and bucket >= timestamptz 'epoch' + span.from_us * interval '1 microsecond'
        and bucket < timestamptz 'epoch' + span.to_us * interval '1 microsecond'
        and bucket >= %(from)s
        and bucket < %(to)s
    offset 0
) as found;

-- name: count_in_fine
-- How many readings lie in seconds that keep fine buckets, by the finest tier of these.
select finest_us, sum(raw_count)::int8 as readings
from unnest(%(track)s::int4[], %(sensor_id)s::int4[], %(from_us)s::int8[], %(to_us)s::int8[])
    as span (track, sensor_id, from_us, to_us)
cross join lateral (
    select finest_us, raw_count
    from rollup
    where rollup.sensor_id = span.sensor_id
        and tier_s = 1
        and has_seconds
        and finest_us is not null
        and bucket >= timestamptz 'epoch' + span.from_us * interval '1 microsecond'
        and bucket < timestamptz 'epoch' + span.to_us * interval '1 microsecond'
        and bucket >= %(from)s
        and bucket < %(to)s
    offset 0
) as found
group by finest_us;

-- name: rollups
-- `rest` is NaN in roll-ups that an earlier release made, of which means and deviations may be less exact.
-- Each track's are gathered where they are found: all of them are never sorted. Of each tier of a track so many at most.
select
    span.track,
    span.tier_us,
    part.*
from (
    select
        track,
        sensor_id,
        tier_us,
        array_agg(from_us order by from_us) as from_us,
        array_agg(to_us order by from_us) as to_us
    from unnest(
        %(track)s::int4[], %(sensor_id)s::int4[], %(tier_us)s::int8[], %(from_us)s::int8[], %(to_us)s::int8[]
    ) as span (track, sensor_id, tier_us, from_us, to_us)
    group by track, sensor_id, tier_us
    order by track, tier_us
) as span
cross join lateral (
    select
        array_agg(bucket) as bucket,
        array_agg(case when %(is_raw)s then raw_count else physical_count end) as count,
        array_agg(
            case
                when %(is_raw)s then case when raw_min = raw_max then raw_min else raw_mean end
                else case when physical_min = physical_max then physical_min else physical_mean end
            end
        ) filter (where %(mean)s) as mean,
        array_agg(
            case
                when %(is_raw)s then case when raw_min = raw_max then 0 else coalesce(raw_mean_rest, 'NaN') end
                else case when physical_min = physical_max then 0 else coalesce(physical_mean_rest, 'NaN') end
            end
        ) filter (where %(rest)s) as rest,
        array_agg(
            case
                when %(is_raw)s then case when raw_min = raw_max then 0 else deviation(raw_m2, raw_count) end
                else case when physical_min = physical_max then 0 else deviation(physical_m2, physical_count) end
            end
        ) filter (where %(deviation)s) as deviation,
        array_agg(case when %(is_raw)s then raw_min else physical_min end) filter (where %(min)s) as min,
        array_agg(case when %(is_raw)s then raw_max else physical_max end) filter (where %(max)s) as max,
        array_agg(case when %(is_raw)s then raw_first else physical_first end) filter (where %(first)s) as first,
        array_agg(case when %(is_raw)s then raw_last else physical_last end) filter (where %(last)s) as last,
        array_agg(case when %(is_raw)s then raw_min_time else physical_min_time end) filter (where %(min_us)s) as min_us,
        array_agg(case when %(is_raw)s then raw_max_time else physical_max_time end) filter (where %(max_us)s) as max_us,
        array_agg(case when %(is_raw)s then raw_first_time else physical_first_time end) filter (where %(first_us)s) as first_us,
        array_agg(case when %(is_raw)s then raw_last_time else physical_last_time end) filter (where %(last_us)s) as last_us,
        min(least_profile) as least_profile,
        max(greatest_profile) as greatest_profile
    from (
        select found.*
        from unnest(span.from_us, span.to_us) as piece (from_us, to_us)
        cross join lateral (
            select *
            from any_rollup
            where any_rollup.sensor_id = span.sensor_id
                and is_fine = %(is_fine)s
                and tier_s = (span.tier_us / 1000000)::int4
                and fine_us = (span.tier_us %% 1000000)::int4
                and bucket >= timestamptz 'epoch' + piece.from_us * interval '1 microsecond'
                and bucket < timestamptz 'epoch' + piece.to_us * interval '1 microsecond'
                and bucket >= %(from)s
                and bucket < %(to)s
                and (%(is_raw)s or physical_count > 0)
            offset 0
        ) as found
        limit %(max_rows)s + 1
    ) as part
) as part
where part.bucket is not null;

-- name: readings
-- As believed at an earlier time, those count too that have no physical value now (NaN).
select
    track,
    array_agg(time) as t_us,
    array_agg(value) as value,
    array_agg(raw) filter (where %(takes_raw)s) as raw,
    array_agg(coalesce(profile_id, -1)) filter (where %(is_believed)s or %(takes_profiles)s) as profile_id,
    array_agg(coalesce(flags, 0::int2)) filter (where %(is_believed)s) as flags,
    min(profile_id) as least_profile,
    max(profile_id) as greatest_profile
from (
    select span.track, found.*
    from (
        select
            track, sensor_id,
            timestamptz 'epoch' + from_us * interval '1 microsecond' as starts_at,
            timestamptz 'epoch' + to_us * interval '1 microsecond' as ends_at
        from unnest(%(track)s::int4[], %(sensor_id)s::int4[], %(from_us)s::int8[], %(to_us)s::int8[])
            as asked (track, sensor_id, from_us, to_us)
        offset 0
    ) as span
    cross join lateral (
        select
            time,
            raw,
            case when %(is_raw)s then raw else coalesce(physical, 'NaN') end as value,
            profile_id,
            flags
        from readings_of_span(
            span.sensor_id, span.starts_at, span.ends_at, %(from)s, %(to)s
        ) as reading
        where (%(is_raw)s or %(is_believed)s or physical is not null)
        offset 0
    ) as found
    limit %(max_rows)s + 1
) as part
group by track;

-- name: at_once
-- The readings of the statement above, which comes before as `part`, with all else that an answer takes: the versions
-- from the least to the greatest behind them, and whether anything is known to be missing. One row at least.
select
    part.*,
    named.profile_ids,
    named.profile_names,
    named.numbers,
    exists (
        select
        from producer_gap as gap
        where gap.sensor_ids && %(sensor_ids)s::int4[]
            and gap.resumed_at > %(from)s
            and coalesce(gap.last_commit_at < %(to)s, true)
    ) as has_gaps
from (select) as always
left join part on true
cross join lateral (
    select
        coalesce(array_agg(id order by number), '{}') as profile_ids,
        coalesce(array_agg(public_id::text order by number), '{}') as profile_names,
        coalesce(array_agg(number order by number), '{}') as numbers
    from conversion_profile
    where sensor_id = (%(sensor_ids)s::int4[])[part.track + 1]
        and id between part.least_profile and part.greatest_profile
) as named;

-- name: count_readings
-- How many readings `readings` finds in each span, up to a limit on all.
select coalesce(array_agg(place), '{}') as place, coalesce(array_agg(readings), '{}') as readings
from (
    select place, count(*) as readings
    from (
        select span.place
        from (
            select
                place, sensor_id,
                timestamptz 'epoch' + from_us * interval '1 microsecond' as starts_at,
                timestamptz 'epoch' + to_us * interval '1 microsecond' as ends_at
            from unnest(%(track)s::int4[], %(sensor_id)s::int4[], %(from_us)s::int8[], %(to_us)s::int8[])
                with ordinality as asked (track, sensor_id, from_us, to_us, place)
            offset 0
        ) as span
        cross join lateral (
            select
            from readings_of_span(
                span.sensor_id, span.starts_at, span.ends_at, %(from)s, %(to)s
            ) as reading
            where (%(is_raw)s or %(is_believed)s or physical is not null)
            offset 0
        ) as found
        limit %(max_rows)s + 1
    ) as part
    group by place
) as counted;

-- name: flagged
-- The times of readings with any flag, in spans that hold up to so many readings.
select
    track,
    coalesce(array_agg(time) filter (where flags <> 0), '{}') as t_us,
    count(*) as readings
from (
    select span.track, found.time, found.flags
    from (
        select
            track, sensor_id,
            timestamptz 'epoch' + from_us * interval '1 microsecond' as starts_at,
            timestamptz 'epoch' + to_us * interval '1 microsecond' as ends_at
        from unnest(%(track)s::int4[], %(sensor_id)s::int4[], %(from_us)s::int8[], %(to_us)s::int8[])
            as asked (track, sensor_id, from_us, to_us)
        offset 0
    ) as span
    cross join lateral (
        select time, flags
        from readings_of_span(
            span.sensor_id, span.starts_at, span.ends_at, %(from)s, %(to)s
        ) as reading
        offset 0
    ) as found
    limit %(max_rows)s + 1
) as part
group by track;

-- name: last_before
-- The last value of each sensor before its time, as far as there is one between the bounds.
select
    coalesce(array_agg(track), '{}') as track,
    coalesce(array_agg(time), '{}') as t_us,
    coalesce(array_agg(value), '{}') as value,
    coalesce(array_agg(coalesce(profile_id, -1)), '{}') as profile
from (
    select asked.track, found.*
    from (
        select track, sensor_id, timestamptz 'epoch' + to_us * interval '1 microsecond' as ends_at
        from unnest(%(track)s::int4[], %(sensor_id)s::int4[], %(to_us)s::int8[]) as each (track, sensor_id, to_us)
        offset 0
    ) as asked
    cross join lateral (
        select time, case when %(is_raw)s then raw else physical end as value, profile_id
        from newest_readings_of_span(
            asked.sensor_id, %(from)s, asked.ends_at, %(from)s, %(to)s, 1, not %(is_raw)s
        ) as newest
        order by time desc, raw desc, physical desc
        limit 1
    ) as found
) as last;

-- name: first_after
-- The time of the first value of each sensor at or after its time, as far as there is one between the bounds.
select coalesce(array_agg(track), '{}') as track, coalesce(array_agg(time), '{}') as t_us
from (
    select asked.track, found.time
    from (
        select track, sensor_id, timestamptz 'epoch' + from_us * interval '1 microsecond' as starts_at
        from unnest(%(track)s::int4[], %(sensor_id)s::int4[], %(from_us)s::int8[]) as each (track, sensor_id, from_us)
        offset 0
    ) as asked
    cross join lateral (
        select time
        from oldest_readings_of_span(
            asked.sensor_id, asked.starts_at, %(to)s, %(from)s, %(to)s, 1, not %(is_raw)s
        ) as oldest
        order by time
        limit 1
    ) as found
) as first;

-- name: versions
select sensor_id, array_agg(id order by id) as ids
from conversion_profile
where sensor_id = any(%(sensor_ids)s)
group by sensor_id;

-- name: profile_pairs
-- The least and greatest versions of roll-ups, once each; those that differ with every bucket they occur in.
select distinct span.track, found.least_profile, found.greatest_profile, found.bucket
from unnest(
    %(track)s::int4[], %(sensor_id)s::int4[], %(tier_us)s::int8[], %(from_us)s::int8[], %(to_us)s::int8[]
) as span (track, sensor_id, tier_us, from_us, to_us)
cross join lateral (
    select
        least_profile,
        greatest_profile,
        case when least_profile <> greatest_profile then (extract(epoch from bucket) * 1000000)::int8 end as bucket
    from any_rollup
    where any_rollup.sensor_id = span.sensor_id
        and is_fine = %(is_fine)s
        and tier_s = (span.tier_us / 1000000)::int4
        and fine_us = (span.tier_us %% 1000000)::int4
        and bucket >= timestamptz 'epoch' + span.from_us * interval '1 microsecond'
        and bucket < timestamptz 'epoch' + span.to_us * interval '1 microsecond'
        and bucket >= %(from)s
        and bucket < %(to)s
        and least_profile is not null
    offset 0
) as found;

-- name: profiles_of_readings
select distinct found.profile_id
from (
    select
        sensor_id,
        timestamptz 'epoch' + from_us * interval '1 microsecond' as starts_at,
        timestamptz 'epoch' + to_us * interval '1 microsecond' as ends_at
    from unnest(%(track)s::int4[], %(sensor_id)s::int4[], %(from_us)s::int8[], %(to_us)s::int8[])
        as asked (track, sensor_id, from_us, to_us)
    offset 0
) as span
cross join lateral (
    select profile_id
    from readings_of_span(
        span.sensor_id, span.starts_at, span.ends_at, %(from)s, %(to)s
    ) as reading
    where physical is not null
        and profile_id is not null
    offset 0
) as found;

-- name: name_profiles
select profile.id, profile.public_id as profile_id, sensor.public_id as sensor_id, profile.number
from conversion_profile as profile
join sensor on sensor.id = profile.sensor_id
where profile.id = any(%(profile_ids)s)
order by profile.sensor_id, profile.number;

-- name: gaps
-- What is missing of these sensors in a period: newest first.
select
    producer.public_id as producer_id,
    producer.name as producer,
    gap.last_commit_at as "from",
    gap.resumed_at as "to",
    gap.first_seq,
    gap.last_seq,
    sensor.public_ids as sensor_ids
from producer_gap as gap
join producer on producer.id = gap.producer_id
cross join lateral (
    select array_agg(public_id order by id) as public_ids
    from sensor
    where id = any(%(sensor_ids)s::int4[]) and id = any(gap.sensor_ids)
) as sensor
where gap.sensor_ids && %(sensor_ids)s::int4[]
    and gap.resumed_at > %(from)s
    and coalesce(gap.last_commit_at < %(to)s, true)
order by gap.id desc
limit 100;
