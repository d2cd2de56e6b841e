-- What measures are computed from: minutes that roll-ups hold, and readings, in one snapshot.

-- name: dirty_minutes
-- Minutes that roll-ups do not hold yet.
select coalesce(array_agg(distinct minute), '{}') as minutes
from dirty_window
where minute > %(from)s::timestamptz - interval '1 minute'
    and minute < %(to)s
    and sensor_ids @> array[%(sensor_id)s::int];

-- name: minutes
-- Where `rest` is NaN, an earlier release made the roll-up, or it holds no squares of such magnitudes.
select
    coalesce(array_agg(bucket), '{}') as bucket_us,
    coalesce(array_agg(readings), '{}') as readings,
    coalesce(array_agg(mean), '{}') as mean,
    coalesce(array_agg(rest), '{}') as rest,
    coalesce(array_agg(m2), '{}') as m2,
    coalesce(array_agg(min), '{}') as min,
    coalesce(array_agg(max), '{}') as max,
    coalesce(array_agg(first), '{}') as first,
    coalesce(array_agg(last), '{}') as last,
    coalesce(array_agg(least_profile), '{}') as least_profile,
    coalesce(array_agg(greatest_profile), '{}') as greatest_profile
from (
    select
        bucket,
        case when %(is_raw)s then raw_count else physical_count end as readings,
        case
            when %(is_raw)s then case when raw_min = raw_max then raw_min else raw_mean end
            else case when physical_min = physical_max then physical_min else physical_mean end
        end as mean,
        case
            when %(is_raw)s then case when raw_min = raw_max then 0 else coalesce(raw_mean_rest, 'NaN') end
            else case when physical_min = physical_max then 0 else coalesce(physical_mean_rest, 'NaN') end
        end as rest,
        case
            when %(is_raw)s then case when raw_min = raw_max then 0 else raw_m2 end
            else case when physical_min = physical_max then 0 else physical_m2 end
        end as m2,
        case when %(is_raw)s then raw_min else physical_min end as min,
        case when %(is_raw)s then raw_max else physical_max end as max,
        case when %(is_raw)s then raw_first else physical_first end as first,
        case when %(is_raw)s then raw_last else physical_last end as last,
        coalesce(least_profile, -1) as least_profile,
        coalesce(greatest_profile, -1) as greatest_profile
    from rollup
    where sensor_id = %(sensor_id)s
        and tier_s = 60
        and bucket >= %(from)s
        and bucket < %(to)s
        and (%(is_raw)s or physical_count > 0)
    order by bucket
) as minute;

-- name: readings
-- The first of them that have a value in the layer, in the order of readings.
select
    coalesce(array_agg(time), '{}') as t_us,
    coalesce(array_agg(value), '{}') as value,
    coalesce(array_agg(profile_id), '{}') as profile_id
from (
    select
        time,
        case when %(is_raw)s then raw else physical end as value,
        case when %(is_raw)s then -1 else coalesce(profile_id, -1) end as profile_id
    from oldest_readings(%(sensor_id)s::int4, %(from)s, %(to)s, %(max_readings)s, not %(is_raw)s) as reading
    order by time, raw, physical
    limit %(max_readings)s
) as page;

-- name: last_before
-- What is held at a time.
select (extract(epoch from time) * 1000000)::int8 as t_us, value, profile_id
from (
    select
        time,
        case when %(is_raw)s then raw else physical end as value,
        case when %(is_raw)s then -1 else coalesce(profile_id, -1) end as profile_id
    from newest_readings(%(sensor_id)s::int4, %(from)s, %(to)s, 1, not %(is_raw)s) as newest
    order by time desc, raw desc, physical desc
    limit 1
) as held;

-- name: profiles
-- The versions that made values in a stretch.
select coalesce(array_agg(distinct profile_id), '{}') as profile_ids
from readings_of(%(sensor_id)s::int4, %(from)s, %(to)s) as reading
where physical is not null and profile_id is not null;
