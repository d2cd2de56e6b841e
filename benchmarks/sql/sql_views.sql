-- What the benchmark of views asks of them, and of the tables below them.

-- name: readings
select count(*), avg(physical), max(physical) from readings_between(%(from)s, %(hour)s) where sensor_key = 's1';

-- name: plain_readings
select count(*), avg(physical), max(physical)
from readings_of(%(sensor_id)s::int4, %(from)s, %(hour)s);

-- name: plain_readings_by_key
select count(*), avg(physical), max(physical)
from sensor
cross join lateral readings_of(sensor.id, %(from)s, %(hour)s) as reading
where project_id = %(project_id)s and key = 's1';

-- name: minutes
select time, mean, min, max from readings_1m where sensor_key = 's1' and time >= %(earlier)s and time < %(earlier_end)s;

-- name: plain_minutes
select bucket, physical_mean, physical_min, physical_max
from rollup
where sensor_id = %(sensor_id)s and tier_s = 60 and bucket >= %(earlier)s and bucket < %(earlier_end)s;

-- name: seconds
select time, mean, min, max
from readings_1s
where sensor_key = 's1' and time >= %(earlier)s and time < %(earlier_hours)s;

-- name: plain_seconds
select bucket, physical_mean, physical_min, physical_max
from rollup
where sensor_id = %(sensor_id)s and tier_s = 1 and bucket >= %(earlier)s and bucket < %(earlier_hours)s;

-- name: minutes_of_all
select sensor_key, max(max) from readings_1m where time >= %(earlier)s and time < %(earlier_end)s group by 1;

-- name: plain_minutes_of_all
select key, max(physical_max)
from sensor
join rollup on sensor_id = id
where project_id = %(project_id)s and tier_s = 60 and bucket >= %(earlier)s and bucket < %(earlier_end)s
group by 1;

-- name: fill_earlier
insert into rollup (
    bucket, sensor_id, tier_s,
    raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last, raw_count,
    raw_min_time, raw_max_time, raw_first_time, raw_last_time,
    physical_count, physical_mean, physical_m2, physical_min, physical_max, physical_first, physical_last,
    raw_mean_rest, physical_mean_rest, has_seconds
)
select
    bucket, sensor_id, tier_s,
    value, 1, value - 1, value + 1, value, value, 60,
    bucket, bucket, bucket, bucket,
    60, value, 1, value - 1, value + 1, value, value,
    0, 0, true
from (
    select id as sensor_id, 60 as tier_s, %(start)s + n * interval '1 minute' as bucket, sin(n) as value
    from sensor
    cross join generate_series(0, %(days)s * 1440 - 1) as n
    union all
    select sensor_id, 1, %(start)s + n * interval '1 second', sin(n)
    from unnest(%(sensor_ids)s::int4[]) as sensor (sensor_id)
    cross join generate_series(0, 20 * 3600 - 1) as n
) as kept;
