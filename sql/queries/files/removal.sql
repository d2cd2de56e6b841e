-- Stored readings that are taken out again, one by one; `backfill/imports/removal.py` says in which order.

-- name: delete
-- As many readings of each sensor, time and raw value as are named, of those that there are. Equal ones beyond that
-- number are written again: there is no other way to tell one from another. 0.0 is not -0.0.
with named as (
    select
        sensor_id,
        timestamptz 'epoch' + t_us * interval '1 microsecond' as time,
        raw,
        readings
    from unnest(%(sensor_id)s::int4[], %(t_us)s::int8[], %(raw)s::float8[], %(readings)s::int4[])
        as each (sensor_id, t_us, raw, readings)
), gone as (
    delete from reading
    using named
    where reading.sensor_id = named.sensor_id
        and reading.time = named.time
        and float8send(reading.raw) = float8send(named.raw)
        and reading.time >= %(from)s
        and reading.time < %(to)s
    returning
        reading.time, reading.raw, reading.physical, reading.sensor_id, reading.profile_id, reading.flags, named.readings
), ranked as (
    select
        gone.*,
        row_number() over (partition by sensor_id, time, float8send(raw) order by physical, profile_id, flags) as place
    from gone
), kept as (
    insert into reading (time, raw, physical, sensor_id, profile_id, flags)
    select time, raw, physical, sensor_id, profile_id, flags from ranked where place > readings
)
select count(*)::int8 as readings from ranked where place <= readings;

-- name: mark_dirty
-- As `store.mark_dirty`, for readings that go: how many a sensor's minute has then is not said, so that roll-ups look. A
-- window that names seconds and no numbers says so (`rollup.claim`).
with logged as (
    insert into change_log (touched) values (%(touched)s::bytea)
)
insert into dirty_window (minute, sensor_ids, seconds, sensor_readings, readings)
select
    timestamptz 'epoch' + minute_us * interval '1 microsecond',
    array_agg(sensor_id),
    array_agg(seconds),
    null,
    sum(readings)
from unnest(%(minute_us)s::int8[], %(sensor_id)s::int4[], %(seconds)s::int8[], %(readings)s::int8[])
    as touched (minute_us, sensor_id, seconds, readings)
group by minute_us;
