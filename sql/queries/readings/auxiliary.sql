-- Sensors that other sensors' profiles need. Class 2 of the two-key advisory locks is theirs.

-- name: lock
-- In the order of the arrays, which is that of ids: two commits can't wait for each other.
select case
    when is_held <> 0 then pg_advisory_xact_lock(2, sensor_id)
    else pg_advisory_xact_lock_shared(2, sensor_id)
end
from unnest(%(sensor_ids)s::int4[], %(are_held)s::int2[]) as auxiliary (sensor_id, is_held);

-- name: stored
-- Of each run of times the readings between its earliest and its latest, and the one that held at the
-- earliest; as big-endian columns side by side, 24 bytes a reading. Where there are more than the most that
-- is asked for, one more comes, to tell so. The outer bounds say nothing new, but are constants, by which the
-- planner leaves out chunks.
select wanted.run, count(*) filter (where found.is_between), string_agg(
    int8send((extract(epoch from found.time) * 1000000)::int8)
    || float8send(found.raw)
    || float8send(coalesce(found.physical, 'NaN')),
    ''::bytea
)
from (
    select
        run,
        sensor_id,
        timestamptz 'epoch' + oldest_us * interval '1 microsecond' as oldest,
        -- Bounds that stand after the times themselves.
        timestamptz 'epoch' + (earliest_us + 1) * interval '1 microsecond' as earliest,
        timestamptz 'epoch' + (latest_us + 1) * interval '1 microsecond' as latest,
        max_readings
    from unnest(
        %(runs)s::int4[],
        %(sensor_ids)s::int4[],
        %(oldest_us)s::int8[],
        %(earliest_us)s::int8[],
        %(latest_us)s::int8[],
        %(max_readings)s::int8[]
    ) as each (run, sensor_id, oldest_us, earliest_us, latest_us, max_readings)
    offset 0
) as wanted
cross join lateral (
    (
        select reading.time, reading.raw, reading.physical, true as is_between
        from readings_of_span(
            wanted.sensor_id,
            wanted.earliest,
            wanted.latest,
            %(from)s,
            %(to)s
        ) as reading
        where wanted.earliest < wanted.latest
        limit wanted.max_readings + 1
    )
    union all
    (
        select newest.time, newest.raw, newest.physical, false as is_between
        from (
            select reading.time, reading.raw, reading.physical
            from newest_readings_of_span(
                wanted.sensor_id,
                wanted.oldest,
                wanted.earliest,
                %(from)s,
                %(to)s,
                1,
                false
            ) as reading
            order by reading.time desc
            fetch first 1 row with ties
        ) as newest
        order by newest.raw desc, coalesce(newest.physical, 'NaN') desc
        limit 1
    )
) as found
group by wanted.run;

-- name: stored_one_by_one
-- The reading that held at each time, as columns like those above.
select wanted.sensor_id, string_agg(
    int8send((extract(epoch from found.time) * 1000000)::int8)
    || float8send(found.raw)
    || float8send(coalesce(found.physical, 'NaN')),
    ''::bytea
)
from (
    select
        sensor_id,
        timestamptz 'epoch' + oldest_us * interval '1 microsecond' as oldest,
        timestamptz 'epoch' + (at_us + 1) * interval '1 microsecond' as until
    from unnest(%(sensor_ids)s::int4[], %(oldest_us)s::int8[], %(at_us)s::int8[])
        as each (sensor_id, oldest_us, at_us)
    offset 0
) as wanted
cross join lateral (
    select newest.time, newest.raw, newest.physical
    from (
        select reading.time, reading.raw, reading.physical
        from newest_readings_of_span(
            wanted.sensor_id,
            wanted.oldest,
            wanted.until,
            %(from)s,
            %(to)s,
            1,
            false
        ) as reading
        order by reading.time desc
        fetch first 1 row with ties
    ) as newest
    order by newest.raw desc, coalesce(newest.physical, 'NaN') desc
    limit 1
) as found
group by wanted.sensor_id;

-- name: queue_dependants
-- Only where readings are stored already; those of this transaction must not be yet.
insert into recalibration_due (sensor_id, during)
select late.sensor_id, tstzrange(late.starts_at, late.ends_at, '[]')
from (
    select
        sensor_id,
        timestamptz 'epoch' + from_us * interval '1 microsecond' as starts_at,
        timestamptz 'epoch' + to_us * interval '1 microsecond' as ends_at
    from unnest(%(sensor_ids)s::int4[], %(from_us)s::int8[], %(to_us)s::int8[])
        as touched (sensor_id, from_us, to_us)
) as late
where exists (
    select
    from readings_of_span(
        late.sensor_id,
        late.starts_at,
        late.ends_at + interval '1 microsecond',
        %(from)s,
        %(to)s
    ) as reading
) or exists (
    select from archive_part
    where archive_part.sensor_id = late.sensor_id
        and gone_at is null
        and first_time <= late.ends_at
        and last_time >= late.starts_at
);
