-- Roll-ups as tests make them: each tier from raw, straight and slowly.

-- name: roll_up
insert into rollup
select
    time_bucket(%(tier_s)s * interval '1 second', time, timestamptz 'epoch') as bucket,
    avg(raw), coalesce(var_pop(raw), 0) * count(*), min(raw), max(raw),
    (array_agg(raw order by time, raw, physical))[1],
    (array_agg(raw order by time desc, raw desc, physical desc nulls first))[1],
    (array_agg(time order by raw, time))[1],
    (array_agg(time order by raw desc, time))[1],
    min(time), max(time), count(*),
    avg(physical), var_pop(physical) * count(physical), min(physical), max(physical),
    (array_agg(physical order by time, raw, physical) filter (where physical is not null))[1],
    (array_agg(physical order by time desc, raw desc, physical desc) filter (where physical is not null))[1],
    (array_agg(time order by physical, time) filter (where physical is not null))[1],
    (array_agg(time order by physical desc, time) filter (where physical is not null))[1],
    min(time) filter (where physical is not null),
    max(time) filter (where physical is not null),
    count(physical),
    sensor_id, %(tier_s)s,
    min(profile_id) filter (where physical is not null),
    max(profile_id) filter (where physical is not null),
    false
from any_reading
where sensor_id = %(sensor_id)s
group by sensor_id, 1;

-- name: keep_seconds
update rollup set has_seconds = true
where sensor_id = %(sensor_id)s and tier_s = 60 and bucket = any(%(buckets)s::timestamptz[]);

-- name: drop_seconds
delete from rollup as second
using rollup as minute
where second.sensor_id = %(sensor_id)s and minute.sensor_id = %(sensor_id)s
    and second.tier_s = 1 and minute.tier_s = 60
    and not minute.has_seconds
    and minute.bucket = date_trunc('minute', second.bucket);

-- name: roll_up_fine
insert into rollup_fine (
    bucket, sensor_id, tier_us, raw_count, raw_mean, raw_mean_rest, raw_m2, raw_min, raw_max, raw_first, raw_last,
    raw_min_us, raw_max_us, raw_first_us, raw_last_us, physical_count, physical_mean, physical_mean_rest, physical_m2,
    physical_min, physical_max, physical_first, physical_last, physical_min_us, physical_max_us, physical_first_us,
    physical_last_us, least_profile, greatest_profile
)
select
    start, sensor_id, %(tier_us)s,
    count(*), avg(raw), 0, coalesce(var_pop(raw), 0) * count(*), min(raw), max(raw),
    (array_agg(raw order by us, raw, physical))[1],
    (array_agg(raw order by us desc, raw desc, physical desc nulls first))[1],
    (array_agg(us order by raw, us))[1],
    (array_agg(us order by raw desc, us))[1],
    min(us), max(us),
    count(physical), avg(physical), case when count(physical) > 0 then 0 end, var_pop(physical) * count(physical),
    min(physical), max(physical),
    (array_agg(physical order by us, raw, physical) filter (where physical is not null))[1],
    (array_agg(physical order by us desc, raw desc, physical desc) filter (where physical is not null))[1],
    (array_agg(us order by physical, us) filter (where physical is not null))[1],
    (array_agg(us order by physical desc, us) filter (where physical is not null))[1],
    min(us) filter (where physical is not null),
    max(us) filter (where physical is not null),
    min(profile_id) filter (where physical is not null),
    max(profile_id) filter (where physical is not null)
from (
    select *, date_part('microseconds', time - start)::int as us
    from (
        select *, time_bucket(%(tier_us)s * interval '1 microsecond', time, timestamptz 'epoch') as start
        from any_reading
        where sensor_id = %(sensor_id)s
    ) as placed
) as placed
group by sensor_id, start;

-- name: keep_fine
update rollup set has_seconds = true, finest_us = %(finest_us)s
where sensor_id = %(sensor_id)s and tier_s = 1 and bucket = any(%(buckets)s::timestamptz[]);

-- name: drop_fine
delete from rollup_fine as fine
where sensor_id = %(sensor_id)s and not exists (
    select
    from rollup as second
    where second.sensor_id = %(sensor_id)s
        and second.tier_s = 1
        and second.bucket = date_trunc('second', fine.bucket)
        and second.finest_us <= fine.tier_us
);

-- name: spoil_fine
update rollup_fine set
    raw_mean = 1e300, raw_m2 = 1e300, raw_min = -1e300, raw_max = 1e300, raw_first = 1e300, raw_last = 1e300,
    raw_count = 1000000,
    physical_mean = 1e300, physical_m2 = 1e300, physical_min = -1e300, physical_max = 1e300,
    physical_first = 1e300, physical_last = 1e300, physical_count = 1000000
where sensor_id = %(sensor_id)s and date_trunc('second', bucket) = any(%(buckets)s::timestamptz[]);

-- name: spoil
-- What a stale roll-up holds is never right, and sometimes it isn't there.
update rollup set
    raw_mean = 1e300, raw_m2 = 1e300, raw_min = -1e300, raw_max = 1e300, raw_first = 1e300, raw_last = 1e300,
    raw_count = 1000000,
    physical_mean = 1e300, physical_m2 = 1e300, physical_min = -1e300, physical_max = 1e300,
    physical_first = 1e300, physical_last = 1e300, physical_count = 1000000,
    physical_min_time = coalesce(physical_min_time, bucket), physical_max_time = coalesce(physical_max_time, bucket),
    physical_first_time = coalesce(physical_first_time, bucket),
    physical_last_time = coalesce(physical_last_time, bucket)
where sensor_id = %(sensor_id)s and tier_s = %(tier_s)s and bucket = any(%(buckets)s::timestamptz[]);

-- name: drop_stale
delete from rollup
where sensor_id = %(sensor_id)s and tier_s = %(tier_s)s and raw_count = 1000000
    and extract(epoch from bucket)::bigint %% 3 = 0;

-- name: clean
delete from dirty_window where sensor_ids @> array[%(sensor_id)s::int];

-- name: mark_dirty
insert into dirty_window (minute, sensor_ids, seconds)
select minute, array[%(sensor_id)s::int], array[seconds]
from unnest(%(minutes)s::timestamptz[], %(seconds)s::bigint[]) as touched (minute, seconds);

-- name: mark_due
insert into fold_due (tier_s, bucket, sensor_ids)
select %(tier_s)s, bucket, array[%(sensor_id)s::int] from unnest(%(buckets)s::timestamptz[]) as bucket;
