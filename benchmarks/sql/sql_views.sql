-- What the benchmark of views asks of them, and of the tables below them.

-- name: readings
select count(*), avg(physical), max(physical) from readings where sensor_key = 's1' and time >= %(from)s and time < %(hour)s;

-- name: plain_readings
select count(*), avg(physical), max(physical)
from reading
where sensor_id = %(sensor_id)s and time >= %(from)s and time < %(hour)s;

-- name: minutes
select time, mean, min, max from readings_1m where sensor_key = 's1' and time >= %(from)s and time < %(to)s;

-- name: plain_minutes
select bucket, physical_mean, physical_min, physical_max
from rollup
where sensor_id = %(sensor_id)s and tier_s = 60 and bucket >= %(from)s and bucket < %(to)s;

-- name: seconds
select time, mean, min, max from readings_1s where sensor_key = 's1' and time >= %(from)s and time < %(hour)s;

-- name: plain_seconds
select bucket, physical_mean, physical_min, physical_max
from rollup
where sensor_id = %(sensor_id)s and tier_s = 1 and bucket >= %(from)s and bucket < %(hour)s;

-- name: minutes_of_all
select sensor_key, max(max) from readings_1m where time >= %(from)s and time < %(to)s group by 1;

-- name: plain_minutes_of_all
select sensor_id, max(physical_max)
from rollup
where sensor_id = any(%(sensor_ids)s) and tier_s = 60 and bucket >= %(from)s and bucket < %(to)s
group by 1;
