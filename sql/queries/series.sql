-- Statistics over buckets of time, from raw. Measured on 5 million readings of one sensor: count to
-- stddev in 1.3 s; the limit, which bounds what a question may cost, adds 0.4 s.

-- name: from_raw
-- What was not asked for is filtered away by a constant, which costs nothing. The mean is taken from the
-- sum, because avg() also carries squares and overflows with them. No first(): it leaves ties open.
select
    sensor_id,
    (extract(epoch from bucket) * 1000000)::bigint as t_us,
    count,
    sum / count as mean,
    sum,
    min,
    max,
    stddev,
    (extract(epoch from first_time) * 1000000)::bigint as first_us,
    (extract(epoch from last_time) * 1000000)::bigint as last_us,
    least_profile,
    greatest_profile
from (
    select
        sensor_id,
        time_bucket(%(bucket_us)s * interval '1 microsecond', time, timestamptz 'epoch') as bucket,
        count(*) as count,
        sum(value) filter (where %(with_sum)s) as sum,
        min(value) as min,
        max(value) as max,
        stddev_samp(value) filter (where %(with_stddev)s) as stddev,
        min(time) filter (where %(with_ends)s) as first_time,
        max(time) filter (where %(with_ends)s) as last_time,
        min(profile_id) as least_profile,
        max(profile_id) as greatest_profile
    from (
        select sensor_id, time, profile_id, case when %(is_raw)s then raw else physical end as value
        from reading
        where sensor_id = any(%(sensor_ids)s)
            and time >= %(from)s
            and time < %(to)s
            and (%(is_raw)s or physical is not null)
        limit %(most_readings)s + 1
    ) as reading
    group by sensor_id, bucket
) as summary
order by sensor_id, t_us
limit %(most_points)s + 1;

-- name: allow_memory
-- For this transaction: 100,000 buckets that don't fit spill to disk and take twice as long.
select set_config('work_mem', '32MB', true);

-- name: at_instants
-- The first and last values, by (time, raw, physical), of readings at instants found before. An array of
-- times is searched in each chunk's index at once; joining them by time took a hundred times as long.
select
    (extract(epoch from time) * 1000000)::bigint as t_us,
    (min(array[raw, physical]))[case when %(is_raw)s then 1 else 2 end] as first,
    (max(array[raw, physical]))[case when %(is_raw)s then 1 else 2 end] as last
from reading
where sensor_id = %(sensor_id)s
    and time >= %(from)s
    and time < %(to)s
    and time = any(
        array(select timestamptz 'epoch' + t_us * interval '1 microsecond' from unnest(%(t_us)s::bigint[]) as t_us)
    )
    and (%(is_raw)s or physical is not null)
group by time;

-- name: profiles_used
select distinct sensor_id, profile_id
from reading
where sensor_id = any(%(sensor_ids)s)
    and time >= %(from)s
    and time < %(to)s
    and physical is not null
    and profile_id is not null;

-- name: name_profiles
select profile.id, profile.public_id as profile_id, sensor.public_id as sensor_id, profile.number
from conversion_profile as profile
join sensor on sensor.id = profile.sensor_id
where profile.id = any(%(profile_ids)s)
order by profile.sensor_id, profile.number;
