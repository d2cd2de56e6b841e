-- Statements that write batches of readings; `barograph/readings/store.py` says in which order.

-- name: copy_readings
copy reading (time, raw, physical, sensor_id, profile_id, flags) from stdin (format binary);

-- name: mark_dirty
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

-- name: insert_rejects
insert into rejected_reading (project_id, producer_id, seq, index, sensor, sensor_id, t_us, value, code)
select
    %(project_id)s,
    nullif(rejected.producer_id, 0),
    nullif(rejected.seq, 0),
    rejected.index,
    named.reference,
    named.sensor_id,
    rejected.t_us,
    rejected.value,
    (%(codes)s::text[])[rejected.code]
from unnest(
    %(producer_id)s::int4[], %(seq)s::int8[], %(index)s::int4[], %(reference)s::int4[],
    %(t_us)s::int8[], %(value)s::float8[], %(code)s::int2[]
) as rejected (producer_id, seq, index, reference, t_us, value, code)
join unnest(%(references)s::text[], %(reference_sensor_ids)s::int4[])
    with ordinality as named (reference, sensor_id, number)
    on named.number = rejected.reference;
