-- Stored readings that are taken out again, one by one; `backfill/imports/removal.py` says in which order.

-- name: delete
-- As many readings of each sensor, time and raw value as are named, of those that there are. What lies in a block goes out
-- of it; of equal ones beyond that number the rows are written again, for there is no other way to tell one from another.
-- 0.0 is not -0.0. Each block is found by the index, in one chunk, which the bounds name: what `ctid` means.
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
), gone_block as (
    delete from reading_block
    where first_time >= date_bin('1 second', %(from)s, timestamptz 'epoch')
        and first_time < %(to)s
        and ctid = any(array(
            select held.ctid
            from (select distinct sensor_id, time from named) as moment
            cross join lateral (
                select block.ctid
                from reading_block as block
                where block.sensor_id = moment.sensor_id
                    and block.first_time >= date_bin('1 second', moment.time, timestamptz 'epoch')
                    and block.first_time <= moment.time
                    and block.last_time >= moment.time
                    and block.first_time >= date_bin('1 second', %(from)s, timestamptz 'epoch')
                    and block.first_time < %(to)s
                offset 0
            ) as held
        ))
    returning sensor_id, profile_id, time, raw, physical, flags
), numbered as (
    select *, row_number() over () as block from gone_block
), found as (
    select null::int8 as block, null::int8 as place, sensor_id, profile_id, time, raw, physical, flags, readings
    from gone
    union all
    select
        block,
        each.place,
        numbered.sensor_id,
        profile_id,
        each.time,
        each.raw,
        each.physical,
        each.flags,
        coalesce(named.readings, 0)
    from numbered
    cross join lateral unnest(numbered.time, numbered.raw, numbered.physical, numbered.flags)
        with ordinality as each (time, raw, physical, flags, place)
    left join named
        on named.sensor_id = numbered.sensor_id
            and named.time = each.time
            and float8send(named.raw) = float8send(each.raw)
), ranked as (
    select
        *,
        row_number() over (
            partition by sensor_id, time, float8send(raw) order by physical, profile_id, coalesce(flags, 0::int2)
        ) <= readings as goes
    from found
), kept_rows as (
    insert into reading (time, raw, physical, sensor_id, profile_id, flags)
    select time, raw, physical, sensor_id, profile_id, flags from ranked where block is null and not goes
), kept_blocks as (
    insert into reading_block (first_time, last_time, sensor_id, profile_id, time, raw, physical, flags)
    select
        min(time),
        max(time),
        sensor_id,
        profile_id,
        array_agg(time order by place),
        array_agg(raw order by place),
        case when count(physical) > 0 then array_agg(physical order by place) end,
        case when count(flags) > 0 then array_agg(flags order by place) end
    from ranked
    where block is not null and not goes
    group by block, sensor_id, profile_id
)
select count(*)::int8 as readings from ranked where goes;

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
