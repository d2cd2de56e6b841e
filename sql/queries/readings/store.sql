-- Statements that write batches of readings; `barograph/readings/storing/store.py` says in which order.

-- name: copy_readings
copy reading (time, raw, physical, sensor_id, profile_id, flags) from stdin (format binary);

-- name: copy_blocks
copy reading_block (first_time, last_time, sensor_id, profile_id, time, raw, physical, flags) from stdin (format binary);

-- name: has_blocks
select has_blocks from reading_storage;

-- name: mark_dirty
-- For roll-ups, and in the log of changes for those who watch.
with logged as (
    insert into change_log (touched) values (%(touched)s::bytea)
)
insert into dirty_window (minute, sensor_ids, seconds, sensor_readings, readings)
select
    timestamptz 'epoch' + minute_us * interval '1 microsecond',
    array_agg(sensor_id),
    array_agg(seconds),
    array_agg(readings),
    sum(readings)
from unnest(%(minute_us)s::int8[], %(sensor_id)s::int4[], %(seconds)s::int8[], %(readings)s::int8[])
    as touched (minute_us, sensor_id, seconds, readings)
group by minute_us;

-- name: activate_sensors
update sensor
set status = 'active', version = version + 1, updated_at = now()
where id = any(%(sensor_ids)s) and status = 'registering';

-- name: insert_reject_block
insert into reject_block (
    project_id, from_us, until_us, producer_ids, sensors, sensor_ids, codes, waiting,
    kind, seq, index, t_us, value, text
)
values (
    %(project_id)s, %(from_us)s, %(until_us)s, %(producer_ids)s, %(sensors)s, %(sensor_ids)s, %(codes)s, %(waiting)s,
    %(kind)s, %(seq)s, %(index)s, %(t_us)s, %(value)s, %(text)s
);
