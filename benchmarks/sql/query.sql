-- What the benchmark of questions loads, and asks in plain SQL.

-- name: settle_readings
vacuum (analyze) reading, reading_block;

-- name: settle_rollups
vacuum (analyze) rollup, rollup_fine;

-- name: sensors
select id, public_id from sensor order by id;

-- name: buckets
select sensor_id, time_bucket(%(bucket)s::interval, time) as bucket, avg(physical), min(physical), max(physical)
from readings_of_several(%(sensor_ids)s::int4[], %(from)s, %(to)s) as reading
group by sensor_id, bucket
order by sensor_id, bucket;

-- name: means
select sensor_id, time_bucket(%(bucket)s::interval, time) as bucket, avg(physical)
from readings_of_several(%(sensor_ids)s::int4[], %(from)s, %(to)s) as reading
group by sensor_id, bucket
order by sensor_id, bucket;

-- name: last
select sensor_id, last(physical, time)
from readings_of_several(%(sensor_ids)s::int4[], %(from)s, %(to)s) as reading
group by sensor_id;
