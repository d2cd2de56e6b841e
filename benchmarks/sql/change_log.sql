-- name: mark_dirty_alone
-- As `store.mark_dirty`, without the log of changes.
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

-- name: lay_aside
truncate reading, dirty_window, change_log;

-- name: settle
checkpoint;
