-- Dead letters: readings that were refused, and what became of them when they were tried again.

-- name: list
select
    rejected.id as position,
    rejected.public_id as id,
    rejected.received_at,
    producer.name as producer,
    rejected.seq,
    rejected.index,
    rejected.sensor,
    sensor.public_id as sensor_id,
    rejected.t_us,
    rejected.value,
    rejected.code,
    rejected.replayed_at
from rejected_reading as rejected
left join producer on producer.id = rejected.producer_id
left join sensor on sensor.id = rejected.sensor_id
where rejected.project_id = %(project_id)s
    and rejected.id < %(before)s
    and (%(is_replayed)s::bool is null or (rejected.replayed_at is not null) = %(is_replayed)s)
    and (%(sensor)s::text is null or %(sensor)s in (rejected.sensor, sensor.key, sensor.public_id::text))
    and (%(producer)s::text is null or producer.name = %(producer)s)
    and (%(code)s::text is null or rejected.code = %(code)s)
    and (%(from_us)s::bigint is null or rejected.t_us >= %(from_us)s)
    and (%(to_us)s::bigint is null or rejected.t_us < %(to_us)s)
    and (%(received_from)s::timestamptz is null or rejected.received_at >= %(received_from)s)
    and (%(received_to)s::timestamptz is null or rejected.received_at < %(received_to)s)
order by rejected.id desc
limit %(fetch)s;

-- name: choose
-- Those to try again, oldest first: the order in which they would have been stored.
select rejected.id
from rejected_reading as rejected
left join producer on producer.id = rejected.producer_id
left join sensor on sensor.id = rejected.sensor_id
where rejected.project_id = %(project_id)s
    and rejected.id > %(after)s
    and rejected.replayed_at is null
    and (%(ids)s::uuid[] is null or rejected.public_id = any(%(ids)s))
    and (%(sensor)s::text is null or %(sensor)s in (rejected.sensor, sensor.key, sensor.public_id::text))
    and (%(producer)s::text is null or producer.name = %(producer)s)
    and (%(code)s::text is null or rejected.code = %(code)s)
    and (%(from_us)s::bigint is null or rejected.t_us >= %(from_us)s)
    and (%(to_us)s::bigint is null or rejected.t_us < %(to_us)s)
    and (%(received_from)s::timestamptz is null or rejected.received_at >= %(received_from)s)
    and (%(received_to)s::timestamptz is null or rejected.received_at < %(received_to)s)
order by rejected.id
limit %(most)s;

-- name: lock
-- Another replay that has some of them under way keeps those.
-- What came in a file may be as old as files may hold.
select
    rejected.id, rejected.sensor, rejected.sensor_id, rejected.t_us, rejected.value, rejected.code,
    coalesce(producer.name like 'import/%%', false) as is_history
from rejected_reading as rejected
left join producer on producer.id = rejected.producer_id
where rejected.id = any(%(ids)s) and rejected.replayed_at is null
order by rejected.id
for update of rejected skip locked;

-- name: mark_replayed
update rejected_reading set replayed_at = now() where id = any(%(ids)s);

-- name: mark_refused
update rejected_reading
set code = refused.code
from unnest(%(ids)s::bigint[], %(codes)s::text[]) as refused (id, code)
where rejected_reading.id = refused.id and rejected_reading.code <> refused.code;
