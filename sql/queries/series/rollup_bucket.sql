-- What buckets of roll-ups hold: computed from readings, or from the next finer tier.

-- name: examine
-- Which of these sensors' minutes hold so many readings, or will by their end, that their seconds are kept;
-- and which seconds must be computed then: those touched, and where the minute has been kept without seconds,
-- also those that its readings until then lie in. What a minute holds is no more than what it held and what
-- has come, so that readings are only looked at where it is not known what has come.
select
    array_agg(minute_s) as minute_s,
    array_agg(sensor_id) as sensor_id,
    array_agg(seconds) as seconds,
    array_agg(readings) as readings,
    array_agg(is_dense) as is_dense
from (
    select
        touched.minute_s,
        touched.sensor_id,
        case
            when kept.has_seconds is not false then touched.seconds
            else touched.seconds | (
                ((2::bigint << floor(extract(second from kept.raw_last_time))::int) - 1)
                & -(1::bigint << floor(extract(second from kept.raw_first_time))::int)
            )
        end as seconds,
        -- Of each second, as far as one can tell.
        case
            when kept.has_seconds is false or touched.readings < 0 then -1
            else ceil(touched.readings::float8 / bit_count(touched.seconds::bit(64)))::bigint
        end as readings,
        coalesce(kept.has_seconds, false)
            or coalesce(kept.raw_count, 0) + touched.readings >= %(dense_readings)s
            or touched.readings >= bit_count(touched.seconds::bit(64)) * %(dense_hz)s
            or case
                when touched.readings < 0 and kept.has_seconds is not true then (
                    select count(*)
                    from (
                        select
                        from readings_of_span(
                            touched.sensor_id,
                            touched.minute,
                            touched.minute + interval '1 minute',
                            %(from)s,
                            %(to)s
                        ) as reading
                        limit %(dense_readings)s
                    ) as held
                ) >= %(dense_readings)s
                else false
            end as is_dense
    from (
        select *, to_timestamp(minute_s) as minute
        from unnest(
            %(minute_s)s::bigint[], %(sensor_id)s::int[], %(seconds)s::bigint[], %(sensor_readings)s::bigint[]
        ) as each (minute_s, sensor_id, seconds, readings)
        offset 0
    ) as touched
    -- Limited, so that each is found by the index: what the newest hour holds is not in the statistics yet, and the
    -- planner would read all of it for each row.
    left join lateral (
        select has_seconds, raw_count, raw_first_time, raw_last_time
        from rollup
        where sensor_id = touched.sensor_id
            and tier_s = 60
            and bucket = touched.minute
            and bucket >= %(from)s
            and bucket < %(to)s
        limit 1
    ) as kept on true
) as examined;

-- name: forget
-- Seconds and minutes of which readings were removed. Those that hold any are computed again. Where readings are no
-- longer kept, roll-ups are all that is left of them, and stay; unless it is certain that they were taken out while
-- they were kept: retention lets go of no reading whose window is not consumed.
--
-- Each is found by the index, and deleted where it lies. As a join, the planner, whose statistics do not know the
-- newest hour, would compare each second with all that the hour holds. The bounds name one chunk: what `ctid` means.
delete from rollup
where bucket >= %(from)s
    and bucket < %(to)s
    and ctid = any(array(
        select kept.ctid
        from unnest(%(sensor_id)s::int[], %(tier_us)s::bigint[], %(start_us)s::bigint[])
            as gone (sensor_id, tier_us, start_us)
        join sensor on sensor.id = gone.sensor_id
        join project on project.id = sensor.project_id
        cross join lateral (
            select rollup.ctid
            from rollup
            where rollup.sensor_id = gone.sensor_id
                and (%(is_removed)s or rollup.bucket >= coalesce(project.raw_from, '-infinity'))
                and rollup.tier_s = (gone.tier_us / 1000000)::int
                and rollup.bucket = timestamptz 'epoch' + gone.start_us * interval '1 microsecond'
                and rollup.bucket >= %(from)s
                and rollup.bucket < %(to)s
            limit 1
        ) as kept
    ));

-- name: forget_fine
-- The fine buckets of such seconds: ten of 100 ms at most, and a hundred of 10 ms.
delete from rollup_fine
where bucket >= %(from)s
    and bucket < %(to)s
    and ctid = any(array(
        select kept.ctid
        from unnest(%(sensor_id)s::int[], %(start_us)s::bigint[]) as gone (sensor_id, start_us)
        join sensor on sensor.id = gone.sensor_id
        join project on project.id = sensor.project_id
        cross join lateral (
            select fine.ctid
            from rollup_fine as fine
            where fine.sensor_id = gone.sensor_id
                and (%(is_removed)s or fine.bucket >= coalesce(project.raw_from, '-infinity'))
                and fine.tier_us in (100000, 10000)
                and fine.bucket >= timestamptz 'epoch' + gone.start_us * interval '1 microsecond'
                and fine.bucket < timestamptz 'epoch' + (gone.start_us + 1000000) * interval '1 microsecond'
                and fine.bucket >= %(from)s
                and fine.bucket < %(to)s
            limit 110
        ) as kept
    ));

-- name: forget_empty
-- Hours or days in which no bucket of the next finer tier is left. Retention lets go of none before these.
delete from rollup
where sensor_id = any(%(sensor_ids)s::int[])
    and tier_s = %(tier_s)s
    and bucket = %(from)s
    and not exists (
        select
        from rollup as finer
        where finer.sensor_id = rollup.sensor_id
            and finer.tier_s = %(finer_s)s
            and finer.bucket >= %(from)s
            and finer.bucket < %(to)s
    );

-- name: read_straight
-- All that is read lies in one chunk, which the bounds name. To ask for each bucket anew which chunks hold it, and to
-- hand each reading on, costs a fifth of the time. Readings come in order by the index, where the planner, which takes
-- a bucket for ten of them, would sort; and no bucket comes twice, so that nothing is gained by remembering any.
select
    set_config('timescaledb.enable_chunk_append', 'off', true),
    set_config('enable_sort', 'off', true),
    set_config('enable_bitmapscan', 'off', true),
    set_config('enable_memoize', 'off', true);

-- name: choose_finest
-- The finest tier to be kept of each second, by how many readings it holds. What is touched has come, or was there and
-- is written again. Where it matters which, or is not known how many these are (-1), they are counted.
select array_agg(
    (array[1000000, 100000, 10000])[1 + width_bucket(held.readings, bounds.readings)] order by touched.place
) as finest_us
from (
    select *, to_timestamp(start_s) as second
    from unnest(%(sensor_id)s::int[], %(start_s)s::bigint[], %(readings)s::bigint[])
        with ordinality as each (sensor_id, start_s, readings, place)
    offset 0
) as touched
cross join (select %(fine_bounds)s::bigint[] as readings) as bounds
left join lateral (
    select raw_count
    from rollup
    where sensor_id = touched.sensor_id
        and tier_s = 1
        and bucket = touched.second
        and bucket >= %(from)s
        and bucket < %(to)s
    limit 1
) as kept on true
cross join lateral (
    select
        case
            when touched.readings >= 0
                and width_bucket(greatest(touched.readings, kept.raw_count), bounds.readings)
                = width_bucket(touched.readings + coalesce(kept.raw_count, 0), bounds.readings)
                then greatest(touched.readings, kept.raw_count)
            else (
                select count(*)
                from (
                    select
                    from readings_of_span(
                        touched.sensor_id,
                        touched.second,
                        touched.second + interval '1 second',
                        %(from)s,
                        %(to)s
                    ) as reading
                    limit bounds.readings[2]
                ) as counted
            )
        end as readings
) as held;

-- name: from_raw
-- Buckets of any tier from raw readings, each found by the index and read once, in order of time. What stands at the
-- ends, and when extremes came, is looked up in arrays of what was read; where several readings share the first or the
-- last time, or only some have a physical value, these arrays are searched as a table.
-- Sums are of distances from a value among them, so that they keep their digits whatever the magnitude. Mean and
-- m2 are NaN where squares might exceed what a float64 holds, or be less.
with made as (
    select
        wanted.sensor_id,
        wanted.tier_us,
        wanted.start as bucket,
        found.raw_count,
        case when known.raw_is_tame then mean.raw else 'NaN' end as raw_mean,
        case when known.raw_is_tame then found.raw_variance * found.raw_count else 'NaN' end as raw_m2,
        found.raw_min,
        found.raw_max,
        held.raw_first,
        held.raw_last,
        found.times[array_position(found.raws, found.raw_min)] as raw_min_time,
        found.times[array_position(found.raws, found.raw_max)] as raw_max_time,
        found.times[1] as raw_first_time,
        found.times[found.raw_count] as raw_last_time,
        found.physical_count,
        case when known.physical_is_tame then mean.physical when found.physical_count > 0 then 'NaN' end as physical_mean,
        case
            when known.physical_is_tame then held.physical_variance * found.physical_count
            when found.physical_count > 0 then 'NaN'
        end as physical_m2,
        found.physical_min,
        found.physical_max,
        held.physical_first,
        held.physical_last,
        case
            when found.physical_count > 0
                then found.times[array_position(found.physicals, found.physical_min)]
        end as physical_min_time,
        case
            when found.physical_count > 0
                then found.times[array_position(found.physicals, found.physical_max)]
        end as physical_max_time,
        held.physical_first_time,
        held.physical_last_time,
        found.least_profile,
        found.greatest_profile,
        case when known.raw_is_tame then near.raw - mean.raw + found.raw_apart else 'NaN' end as raw_mean_rest,
        case
            when known.physical_is_tame then held.physical_near - mean.physical + held.physical_apart
            when found.physical_count > 0 then 'NaN'
        end as physical_mean_rest
    from (
        select
            sensor_id,
            tier_us,
            timestamptz 'epoch' + start_us * interval '1 microsecond' as start,
            timestamptz 'epoch' + (start_us + tier_us) * interval '1 microsecond' as stop
        from unnest(%(sensor_id)s::int[], %(tier_us)s::bigint[], %(start_us)s::bigint[])
            as each (sensor_id, tier_us, start_us)
        -- So that bounds are computed once, and not for each reading.
        offset 0
    ) as wanted
    cross join lateral (
        select
            case when abs(raw) < 1e140 then raw else 0 end as raw,
            case when abs(physical) < 1e140 then physical else 0 end as physical
        from readings_of_bucket(wanted.sensor_id, wanted.start, wanted.stop, %(from)s, %(to)s) as reading
        limit 1
    ) as near
    cross join lateral (
        select
            count(*) as raw_count,
            min(raw) as raw_min,
            max(raw) as raw_max,
            avg(raw - near.raw) filter (where abs(raw) < 1e140) as raw_apart,
            var_pop(raw - near.raw) filter (where abs(raw) < 1e140) as raw_variance,
            count(physical) as physical_count,
            min(physical) as physical_min,
            max(physical) as physical_max,
            avg(physical - near.physical) filter (where abs(physical) < 1e140) as physical_apart,
            var_pop(physical - near.physical) filter (where abs(physical) < 1e140) as physical_variance,
            min(profile_id) filter (where physical is not null) as least_profile,
            max(profile_id) filter (where physical is not null) as greatest_profile,
            array_agg(time) as times,
            array_agg(raw) as raws,
            array_agg(physical) as physicals
        from (
            select time, raw, physical, profile_id
            from readings_of_bucket(wanted.sensor_id, wanted.start, wanted.stop, %(from)s, %(to)s) as reading
            order by time
        ) as in_order
    ) as found
    cross join lateral (
        select
            found.physical_count in (0, found.raw_count)
            and found.times[2] is distinct from found.times[1]
            and found.times[found.raw_count - 1] is distinct from found.times[found.raw_count] as is_plain,
            is_tame(found.raw_min, found.raw_max) as raw_is_tame,
            is_tame(found.physical_min, found.physical_max) as physical_is_tame
    ) as known
    cross join lateral (
        select
            found.raws[1] as raw_first,
            found.raws[found.raw_count] as raw_last,
            near.physical as physical_near,
            found.physical_apart,
            found.physical_variance,
            found.physicals[1] as physical_first,
            found.physicals[found.raw_count] as physical_last,
            case when found.physical_count > 0 then found.times[1] end as physical_first_time,
            case when found.physical_count > 0 then found.times[found.raw_count] end as physical_last_time
        where known.is_plain
        union all
        select
            min(raw) filter (where time = found.times[1]),
            max(raw) filter (where time = found.times[found.raw_count]),
            found.physical_min,
            avg(physical - found.physical_min) filter (where known.physical_is_tame),
            var_pop(physical - found.physical_min) filter (where known.physical_is_tame),
            (array_agg(physical order by time, raw, physical) filter (where physical is not null))[1],
            (array_agg(physical order by time desc, raw desc, physical desc) filter (where physical is not null))[1],
            min(time) filter (where physical is not null),
            max(time) filter (where physical is not null)
        from unnest(found.times, found.raws, found.physicals) as each (time, raw, physical)
        where not known.is_plain
        having not known.is_plain
    ) as held
    cross join lateral (
        select
            case
                when known.raw_is_tame then within(near.raw + found.raw_apart, found.raw_min, found.raw_max)
            end as raw,
            case
                when known.physical_is_tame
                    then within(held.physical_near + held.physical_apart, found.physical_min, found.physical_max)
            end as physical
    ) as mean
), coarse as (
    insert into rollup (
        sensor_id, tier_s, bucket, raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last,
        raw_min_time, raw_max_time, raw_first_time, raw_last_time, physical_count, physical_mean,
        physical_m2, physical_min, physical_max, physical_first, physical_last, physical_min_time,
        physical_max_time, physical_first_time, physical_last_time, least_profile, greatest_profile,
        has_seconds, finest_us, raw_mean_rest, physical_mean_rest
    )
    select
        sensor_id, tier_us / 1000000, bucket, raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last,
        raw_min_time, raw_max_time, raw_first_time, raw_last_time, physical_count, physical_mean,
        physical_m2, physical_min, physical_max, physical_first, physical_last, physical_min_time,
        physical_max_time, physical_first_time, physical_last_time, least_profile, greatest_profile,
        false, null, raw_mean_rest, physical_mean_rest
    from made
    where tier_us >= 1000000
    on conflict (sensor_id, tier_s, bucket) do update set
        (
            raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last, raw_min_time,
            raw_max_time, raw_first_time, raw_last_time, physical_count, physical_mean, physical_m2,
            physical_min, physical_max, physical_first, physical_last, physical_min_time,
            physical_max_time, physical_first_time, physical_last_time, least_profile, greatest_profile,
            has_seconds, finest_us, raw_mean_rest, physical_mean_rest
        ) = (
            excluded.raw_count, excluded.raw_mean, excluded.raw_m2, excluded.raw_min, excluded.raw_max,
            excluded.raw_first, excluded.raw_last, excluded.raw_min_time, excluded.raw_max_time,
            excluded.raw_first_time, excluded.raw_last_time, excluded.physical_count,
            excluded.physical_mean, excluded.physical_m2, excluded.physical_min, excluded.physical_max,
            excluded.physical_first, excluded.physical_last, excluded.physical_min_time,
            excluded.physical_max_time, excluded.physical_first_time, excluded.physical_last_time,
            excluded.least_profile, excluded.greatest_profile, excluded.has_seconds, excluded.finest_us,
            excluded.raw_mean_rest, excluded.physical_mean_rest
        )
)
insert into rollup_fine (
    sensor_id, tier_us, bucket, raw_count, raw_mean, raw_mean_rest, raw_m2, raw_min, raw_max, raw_first,
    raw_last, physical_count, physical_mean, physical_mean_rest, physical_m2, physical_min, physical_max,
    physical_first, physical_last, least_profile, greatest_profile, raw_min_us, raw_max_us, raw_first_us,
    raw_last_us, physical_min_us, physical_max_us, physical_first_us, physical_last_us
)
select
    sensor_id, tier_us, bucket, raw_count, raw_mean, raw_mean_rest, raw_m2, raw_min, raw_max, raw_first,
    raw_last, physical_count, physical_mean, physical_mean_rest, physical_m2, physical_min, physical_max,
    physical_first, physical_last, least_profile, greatest_profile,
    date_part('microseconds', raw_min_time - bucket),
    date_part('microseconds', raw_max_time - bucket),
    date_part('microseconds', raw_first_time - bucket),
    date_part('microseconds', raw_last_time - bucket),
    date_part('microseconds', nullif(physical_min_time, raw_min_time) - bucket),
    date_part('microseconds', nullif(physical_max_time, raw_max_time) - bucket),
    date_part('microseconds', nullif(physical_first_time, raw_first_time) - bucket),
    date_part('microseconds', nullif(physical_last_time, raw_last_time) - bucket)
from made
where tier_us < 1000000
on conflict (sensor_id, tier_us, bucket) do update set
    (
        raw_count, raw_mean, raw_mean_rest, raw_m2, raw_min, raw_max, raw_first, raw_last, physical_count,
        physical_mean, physical_mean_rest, physical_m2, physical_min, physical_max, physical_first,
        physical_last, least_profile, greatest_profile, raw_min_us, raw_max_us, raw_first_us, raw_last_us,
        physical_min_us, physical_max_us, physical_first_us, physical_last_us
    ) = (
        excluded.raw_count, excluded.raw_mean, excluded.raw_mean_rest, excluded.raw_m2, excluded.raw_min,
        excluded.raw_max, excluded.raw_first, excluded.raw_last, excluded.physical_count,
        excluded.physical_mean, excluded.physical_mean_rest, excluded.physical_m2, excluded.physical_min,
        excluded.physical_max, excluded.physical_first, excluded.physical_last, excluded.least_profile,
        excluded.greatest_profile, excluded.raw_min_us, excluded.raw_max_us, excluded.raw_first_us,
        excluded.raw_last_us, excluded.physical_min_us, excluded.physical_max_us, excluded.physical_first_us,
        excluded.physical_last_us
    );

-- name: fold
-- Buckets of a tier from those of the next finer one, merged by Chan's formula: a mean of all that may be
-- rounded first, then distances from it, which correct it, and squares of these.
with made as (
    select
        wanted.sensor_id,
        %(tier_us)s::bigint as tier_us,
        wanted.start as bucket,
        wanted.finest_us,
        found.raw_count,
        case when is_tame.raw then mean.raw else 'NaN' end as raw_mean,
        case
            when is_tame.raw then greatest(held.raw_m2 - found.raw_count * square(held.raw_apart), 0) else 'NaN'
        end as raw_m2,
        found.raw_min,
        found.raw_max,
        held.raw_first,
        held.raw_last,
        held.raw_min_time,
        held.raw_max_time,
        found.raw_first_time,
        found.raw_last_time,
        found.physical_count,
        case when is_tame.physical then mean.physical when found.physical_count > 0 then 'NaN' end as physical_mean,
        case
            when is_tame.physical
                then greatest(held.physical_m2 - found.physical_count * square(held.physical_apart), 0)
            when found.physical_count > 0 then 'NaN'
        end as physical_m2,
        found.physical_min,
        found.physical_max,
        held.physical_first,
        held.physical_last,
        held.physical_min_time,
        held.physical_max_time,
        found.physical_first_time,
        found.physical_last_time,
        found.least_profile,
        found.greatest_profile,
        case when held.raw_has_rests then found.raw_mean - mean.raw + held.raw_apart end as raw_mean_rest,
        case when held.physical_has_rests then found.physical_mean - mean.physical + held.physical_apart end as physical_mean_rest
    from (
        select
            sensor_id,
            timestamptz 'epoch' + start_us * interval '1 microsecond' as start,
            timestamptz 'epoch' + (start_us + %(tier_us)s::bigint) * interval '1 microsecond' as stop,
            finest_us
        from unnest(%(sensor_id)s::int[], %(start_us)s::bigint[], %(finest_us)s::int[])
            as each (sensor_id, start_us, finest_us)
    ) as wanted
    cross join lateral (
        select
            sum(raw_count)::bigint as raw_count,
            within(
                quotient(sum(raw_count * raw_mean), sum(raw_count)), min(raw_mean), max(raw_mean)
            ) as raw_mean,
            min(raw_mean) as raw_min_mean,
            max(raw_mean) as raw_max_mean,
            min(raw_min) as raw_min,
            max(raw_max) as raw_max,
            min(raw_first_time) as raw_first_time,
            max(raw_last_time) as raw_last_time,
            sum(physical_count)::bigint as physical_count,
            within(
                quotient(sum(physical_count * physical_mean), sum(physical_count)), min(physical_mean), max(physical_mean)
            ) as physical_mean,
            min(physical_mean) as physical_min_mean,
            max(physical_mean) as physical_max_mean,
            min(physical_min) as physical_min,
            max(physical_max) as physical_max,
            min(physical_first_time) as physical_first_time,
            max(physical_last_time) as physical_last_time,
            min(least_profile) as least_profile,
            max(greatest_profile) as greatest_profile
        from any_rollup
        where sensor_id = wanted.sensor_id
            and is_fine = (%(finer_us)s::bigint < 1000000)
            and tier_s = (%(finer_us)s::bigint / 1000000)::int
            and fine_us = (%(finer_us)s::bigint %% 1000000)::int
            and bucket >= wanted.start
            and bucket < wanted.stop
            and bucket >= %(from)s
            and bucket < %(to)s
    ) as found
    cross join lateral (
        select
            quotient(
                sum(raw_count * (raw_mean - found.raw_mean + coalesce(raw_mean_rest, 0))), found.raw_count
            ) as raw_apart,
            sum(
                raw_m2 + raw_count * square(raw_mean - found.raw_mean + coalesce(raw_mean_rest, 0))
            ) as raw_m2,
            count(raw_mean_rest) = count(raw_mean) as raw_has_rests,
            min(raw_first) filter (where raw_first_time = found.raw_first_time) as raw_first,
            min(raw_last) filter (where raw_last_time = found.raw_last_time) as raw_last,
            min(raw_min_time) filter (where raw_min = found.raw_min) as raw_min_time,
            min(raw_max_time) filter (where raw_max = found.raw_max) as raw_max_time,
            quotient(
                sum(physical_count * (physical_mean - found.physical_mean + coalesce(physical_mean_rest, 0))), found.physical_count
            ) as physical_apart,
            sum(
                physical_m2 + physical_count * square(physical_mean - found.physical_mean + coalesce(physical_mean_rest, 0))
            ) as physical_m2,
            count(physical_mean_rest) = count(physical_mean) as physical_has_rests,
            min(physical_first) filter (where physical_first_time = found.physical_first_time) as physical_first,
            min(physical_last) filter (where physical_last_time = found.physical_last_time) as physical_last,
            min(physical_min_time) filter (where physical_min = found.physical_min) as physical_min_time,
            min(physical_max_time) filter (where physical_max = found.physical_max) as physical_max_time
        from any_rollup
        where sensor_id = wanted.sensor_id
            and is_fine = (%(finer_us)s::bigint < 1000000)
            and tier_s = (%(finer_us)s::bigint / 1000000)::int
            and fine_us = (%(finer_us)s::bigint %% 1000000)::int
            and bucket >= wanted.start
            and bucket < wanted.stop
            and bucket >= %(from)s
            and bucket < %(to)s
    ) as held
    cross join lateral (
        select
            is_tame(found.raw_min, found.raw_max) as raw,
            is_tame(found.physical_min, found.physical_max) as physical
    ) as is_tame
    cross join lateral (
        select
            within(found.raw_mean + held.raw_apart, found.raw_min_mean, found.raw_max_mean) as raw,
            within(
                found.physical_mean + held.physical_apart, found.physical_min_mean, found.physical_max_mean
            ) as physical
    ) as mean
    where found.raw_count > 0
), coarse as (
    insert into rollup (
        sensor_id, tier_s, bucket, raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last,
        raw_min_time, raw_max_time, raw_first_time, raw_last_time, physical_count, physical_mean,
        physical_m2, physical_min, physical_max, physical_first, physical_last, physical_min_time,
        physical_max_time, physical_first_time, physical_last_time, least_profile, greatest_profile,
        has_seconds, finest_us, raw_mean_rest, physical_mean_rest
    )
    select
        sensor_id, tier_us / 1000000, bucket, raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last,
        raw_min_time, raw_max_time, raw_first_time, raw_last_time, physical_count, physical_mean,
        physical_m2, physical_min, physical_max, physical_first, physical_last, physical_min_time,
        physical_max_time, physical_first_time, physical_last_time, least_profile, greatest_profile,
        tier_us = 60000000 or finest_us > 0, nullif(finest_us, 0), raw_mean_rest, physical_mean_rest
    from made
    where tier_us >= 1000000
    on conflict (sensor_id, tier_s, bucket) do update set
        (
            raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last, raw_min_time,
            raw_max_time, raw_first_time, raw_last_time, physical_count, physical_mean, physical_m2,
            physical_min, physical_max, physical_first, physical_last, physical_min_time,
            physical_max_time, physical_first_time, physical_last_time, least_profile, greatest_profile,
            has_seconds, finest_us, raw_mean_rest, physical_mean_rest
        ) = (
            excluded.raw_count, excluded.raw_mean, excluded.raw_m2, excluded.raw_min, excluded.raw_max,
            excluded.raw_first, excluded.raw_last, excluded.raw_min_time, excluded.raw_max_time,
            excluded.raw_first_time, excluded.raw_last_time, excluded.physical_count,
            excluded.physical_mean, excluded.physical_m2, excluded.physical_min, excluded.physical_max,
            excluded.physical_first, excluded.physical_last, excluded.physical_min_time,
            excluded.physical_max_time, excluded.physical_first_time, excluded.physical_last_time,
            excluded.least_profile, excluded.greatest_profile, excluded.has_seconds, excluded.finest_us,
            excluded.raw_mean_rest, excluded.physical_mean_rest
        )
)
insert into rollup_fine (
    sensor_id, tier_us, bucket, raw_count, raw_mean, raw_mean_rest, raw_m2, raw_min, raw_max, raw_first,
    raw_last, physical_count, physical_mean, physical_mean_rest, physical_m2, physical_min, physical_max,
    physical_first, physical_last, least_profile, greatest_profile, raw_min_us, raw_max_us, raw_first_us,
    raw_last_us, physical_min_us, physical_max_us, physical_first_us, physical_last_us
)
select
    sensor_id, tier_us, bucket, raw_count, raw_mean, raw_mean_rest, raw_m2, raw_min, raw_max, raw_first,
    raw_last, physical_count, physical_mean, physical_mean_rest, physical_m2, physical_min, physical_max,
    physical_first, physical_last, least_profile, greatest_profile,
    date_part('microseconds', raw_min_time - bucket),
    date_part('microseconds', raw_max_time - bucket),
    date_part('microseconds', raw_first_time - bucket),
    date_part('microseconds', raw_last_time - bucket),
    date_part('microseconds', nullif(physical_min_time, raw_min_time) - bucket),
    date_part('microseconds', nullif(physical_max_time, raw_max_time) - bucket),
    date_part('microseconds', nullif(physical_first_time, raw_first_time) - bucket),
    date_part('microseconds', nullif(physical_last_time, raw_last_time) - bucket)
from made
where tier_us < 1000000
on conflict (sensor_id, tier_us, bucket) do update set
    (
        raw_count, raw_mean, raw_mean_rest, raw_m2, raw_min, raw_max, raw_first, raw_last, physical_count,
        physical_mean, physical_mean_rest, physical_m2, physical_min, physical_max, physical_first,
        physical_last, least_profile, greatest_profile, raw_min_us, raw_max_us, raw_first_us, raw_last_us,
        physical_min_us, physical_max_us, physical_first_us, physical_last_us
    ) = (
        excluded.raw_count, excluded.raw_mean, excluded.raw_mean_rest, excluded.raw_m2, excluded.raw_min,
        excluded.raw_max, excluded.raw_first, excluded.raw_last, excluded.physical_count,
        excluded.physical_mean, excluded.physical_mean_rest, excluded.physical_m2, excluded.physical_min,
        excluded.physical_max, excluded.physical_first, excluded.physical_last, excluded.least_profile,
        excluded.greatest_profile, excluded.raw_min_us, excluded.raw_max_us, excluded.raw_first_us,
        excluded.raw_last_us, excluded.physical_min_us, excluded.physical_max_us, excluded.physical_first_us,
        excluded.physical_last_us
    );
