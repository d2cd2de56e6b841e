-- What the benchmark of questions loads, and asks in plain SQL.

-- name: roll_up
insert into rollup
select
    time_bucket(%(tier_s)s * interval '1 second', time, timestamptz 'epoch') as bucket,
    avg(raw), var_pop(raw) * count(*), min(raw), max(raw), first(raw, time), last(raw, time),
    first(time, raw), last(time, raw), min(time), max(time), count(*),
    avg(physical), var_pop(physical) * count(*), min(physical), max(physical),
    first(physical, time), last(physical, time), first(time, physical), last(time, physical),
    min(time), max(time), count(*), sensor_id, %(tier_s)s, null, null, false
from reading
where sensor_id = any(%(sensor_ids)s)
group by bucket, sensor_id;

-- name: keep_seconds
update rollup set has_seconds = true where tier_s = 60 and sensor_id = any(%(sensor_ids)s);

-- name: settle_readings
vacuum (analyze) reading;

-- name: settle_rollups
vacuum (analyze) rollup;

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
