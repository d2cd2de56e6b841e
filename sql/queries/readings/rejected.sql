-- Dead letters: readings that were refused, and what became of them when they were tried again.

-- name: list
select
    letter.position,
    letter.id,
    letter.received_at,
    producer.name as producer,
    letter.seq,
    letter.index,
    letter.sensor,
    sensor.public_id as sensor_id,
    letter.t_us,
    letter.value,
    letter.text,
    letter.code,
    letter.replayed_at
from dead_letter as letter
left join producer on producer.id = letter.producer_id
left join sensor on sensor.id = letter.sensor_id
where letter.project_id = %(project_id)s
    and letter.block_id <= %(before)s >> 12
    and letter.position < %(before)s
    and (%(is_replayed)s::bool is null or (letter.replayed_at is not null) = %(is_replayed)s)
    and (%(sensor)s::text is null or %(sensor)s in (letter.sensor, sensor.key, sensor.public_id::text))
    and (%(producer)s::text is null or producer.name = %(producer)s)
    and (%(code)s::text is null or (letter.code = %(code)s and %(code)s = any(letter.codes)))
    and (%(from_us)s::bigint is null or (letter.t_us >= %(from_us)s and letter.until_us >= %(from_us)s))
    and (%(to_us)s::bigint is null or (letter.t_us < %(to_us)s and letter.from_us < %(to_us)s))
    and (%(received_from)s::timestamptz is null or letter.received_at >= %(received_from)s)
    and (%(received_to)s::timestamptz is null or letter.received_at < %(received_to)s)
order by letter.block_id desc, letter.position desc
limit %(fetch)s;

-- name: summary
-- From the kinds of each block alone, whose letters are not unpacked. What is not asked for is null.
select
    case when 'code' = any(%(by)s) then kind.code end as code,
    case when 'sensor' = any(%(by)s) then coalesce(sensor.key, kind.sensor) end as sensor,
    case when 'producer' = any(%(by)s) then producer.name end as producer,
    sum(kind.waiting) as count,
    min(block.received_at) as first_received_at,
    max(block.received_at) as last_received_at,
    bool_or(kind.code = any(%(replayable)s)) as replayable
from reject_block as block
cross join lateral unnest(block.producer_ids, block.sensors, block.sensor_ids, block.codes, block.waiting)
    as kind (producer_id, sensor, sensor_id, code, waiting)
left join producer on producer.id = kind.producer_id
left join sensor on sensor.id = kind.sensor_id
where block.project_id = %(id)s
    and kind.waiting > 0
    and (%(received_from)s::timestamptz is null or block.received_at >= %(received_from)s)
    and (%(received_to)s::timestamptz is null or block.received_at < %(received_to)s)
group by 1, 2, 3
order by count desc, 1, 2, 3
limit %(max_rows)s;

-- name: choose
-- Those to try again, oldest first: the order in which they would have been stored.
select letter.position
from dead_letter as letter
left join producer on producer.id = letter.producer_id
left join sensor on sensor.id = letter.sensor_id
where letter.project_id = %(project_id)s
    and letter.block_id >= %(after)s >> 12
    and letter.position > %(after)s
    and letter.replayed_at is null
    and (%(block_ids)s::bigint[] is null or letter.block_id = any(%(block_ids)s))
    and (%(ids)s::uuid[] is null or letter.id = any(%(ids)s))
    and (%(sensor)s::text is null or %(sensor)s in (letter.sensor, sensor.key, sensor.public_id::text))
    and (%(producer)s::text is null or producer.name = %(producer)s)
    and (%(code)s::text is null or (letter.code = %(code)s and %(code)s = any(letter.codes)))
    and (%(from_us)s::bigint is null or (letter.t_us >= %(from_us)s and letter.until_us >= %(from_us)s))
    and (%(to_us)s::bigint is null or (letter.t_us < %(to_us)s and letter.from_us < %(to_us)s))
    and (%(received_from)s::timestamptz is null or letter.received_at >= %(received_from)s)
    and (%(received_to)s::timestamptz is null or letter.received_at < %(received_to)s)
order by letter.block_id, letter.position
limit %(max_rows)s;

-- name: lock
-- Another replay that has some of them under way keeps those.
select id from reject_block where id = any(%(block_ids)s) order by id for update skip locked;

-- name: read
-- In a statement of its own, after they are locked: it sees what the last to hold them did.
-- What came in a file may be as old as files may hold.
select
    block.id,
    block.producer_ids,
    block.sensors,
    block.sensor_ids,
    block.codes,
    block.waiting,
    block.kind,
    block.t_us,
    block.value,
    coalesce(block.text, '{}') as text,
    coalesce(block.replayed_us, array_fill(0::bigint, array[cardinality(block.kind)])) as replayed_us,
    array(
        select coalesce(producer.name like 'import/%%', false)
        from unnest(block.producer_ids) with ordinality as kind (producer_id, number)
        left join producer on producer.id = kind.producer_id
        order by kind.number
    ) as is_history
from reject_block as block
where block.id = any(%(block_ids)s)
order by block.id;

-- name: settle
update reject_block
set
    producer_ids = %(producer_ids)s,
    sensors = %(sensors)s,
    sensor_ids = %(sensor_ids)s,
    codes = %(codes)s,
    waiting = %(waiting)s,
    kind = %(kind)s,
    replayed_us = %(replayed_us)s
where id = %(id)s;
