-- What the benchmark of questions loads, and asks in plain SQL.

-- name: settle_readings
vacuum (analyze) reading;

-- name: settle_rollups
vacuum (analyze) rollup, rollup_fine;

-- name: sensors
select id, public_id from sensor order by id;

-- name: buckets
select sensor_id, time_bucket(%(bucket)s::interval, time) as bucket, avg(physical), min(physical), max(physical)
from reading
where sensor_id = any(%(sensor_ids)s) and time >= %(from)s and time < %(to)s
group by sensor_id, bucket
order by sensor_id, bucket;

-- name: means
select sensor_id, time_bucket(%(bucket)s::interval, time) as bucket, avg(physical)
from reading
where sensor_id = any(%(sensor_ids)s) and time >= %(from)s and time < %(to)s
group by sensor_id, bucket
order by sensor_id, bucket;

-- name: last
select sensor_id, last(physical, time)
from reading
where sensor_id = any(%(sensor_ids)s) and time >= %(from)s and time < %(to)s
group by sensor_id;
