-- Bringing roll-ups up to date; `backfill/rollups/refresh.py` and `backfill/rollups/fold.py` say in which order.
--
-- Claiming deletes what is to be done, and all that follows happens in the same REPEATABLE READ transaction:
-- a reading that commits meanwhile is not in its snapshot, and leaves a window that isn't deleted.
--
-- Class 3 and 4 of the two-key advisory locks keep workers out of each other's way, in hours of windows and
-- in buckets to fold. That only saves work done twice: what makes it right is the isolation level.

-- name: lock_hour
-- The newest hour with windows that nobody works on, among those not done yet. The index is entered once an
-- hour, and no hour is looked at, or locked, beyond the one that is returned.
with recursive hour as (
    (
        select date_bin('1 hour', minute, timestamptz 'epoch') as start
        from dirty_window
        where held_until is null or held_until < now()
        order by minute desc
        limit 1
    )
    union all
    select (
        select date_bin('1 hour', minute, timestamptz 'epoch')
        from dirty_window
        where minute < hour.start and (held_until is null or held_until < now())
        order by minute desc
        limit 1
    )
    from hour
    where hour.start is not null
)
select start
from hour
-- In this order: an hour that is done must not be locked.
where case when start = any(%(done)s::timestamptz[]) then false else
    pg_try_advisory_lock(3, (extract(epoch from start) / 3600)::int)
end
limit 1;

-- name: unlock
-- Whatever this connection has locked.
select pg_advisory_unlock_all();

-- name: claim
-- The newest windows of an hour, at least one, as sensors and seconds of minutes. New readings that a window
-- doesn't count are -1, and -2 where some were taken out (`removal.mark_dirty`).
-- Windows that have rested, and of the younger ones those that touch a second of these, which is computed now: else it
-- would be read again for them.
with young as (
    select id, minute, seconds
    from dirty_window
    where minute >= %(from)s and minute < %(to)s and created_at > now() - %(rest_s)s * interval '1 second'
), computed as (
    select minute, bit_or(coalesce(mask, (1::bigint << 60) - 1)) as seconds
    from dirty_window
    cross join unnest(seconds) as mask
    where minute in (select minute from young)
        and created_at <= now() - %(rest_s)s * interval '1 second'
        and (held_until is null or held_until < now())
    group by minute
), joining as (
    select young.id
    from young
    join computed using (minute)
    where exists (
        select from unnest(young.seconds) as mask
        where coalesce(mask, (1::bigint << 60) - 1) & computed.seconds <> 0
    )
), newest as (
    select id, minute, coalesce(readings, %(presumed_readings)s) as readings
    from dirty_window
    where minute >= %(from)s
        and minute < %(to)s
        and (held_until is null or held_until < now())
        and (created_at <= now() - %(rest_s)s * interval '1 second' or id in (select id from joining))
    order by minute desc, id desc
    limit %(max_windows)s
), counted as (
    select id, sum(readings) over (order by minute desc, id desc rows unbounded preceding) - readings as before
    from newest
), gone as (
    delete from dirty_window
    where id = any(
        array(
            select id
            from dirty_window
            where id = any(array(select id from counted where before < %(max_readings)s))
            for update skip locked
        )
    )
    returning id, minute, sensor_ids, seconds, sensor_readings, readings, created_at
), touched as (
    select
        minute,
        sensor_id,
        bit_or(coalesce(mask, (1::bigint << 60) - 1)) as seconds,
        case
            when bool_or(added is null and mask is not null) then -2
            when bool_and(added is not null) then sum(added)::bigint
            else -1
        end as readings
    from gone cross join unnest(sensor_ids, seconds, sensor_readings) as each (sensor_id, mask, added)
    group by minute, sensor_id
)
select
    array(select id from gone order by id) as ids,
    (select coalesce(sum(readings), 0)::bigint from gone) as readings,
    array(select extract(epoch from clock_timestamp() - created_at)::float8 from gone) as ages_s,
    array_agg(extract(epoch from minute)::bigint) as minute_s,
    array_agg(sensor_id) as sensor_id,
    array_agg(seconds) as seconds,
    array_agg(touched.readings) as sensor_readings
from touched
having count(*) > 0;

-- name: owe_fold
-- A row of its own each time: one that is there already may be about to go, with a worker whose snapshot
-- knows nothing of this change.
insert into fold_due (tier_s, bucket, sensor_ids)
values (
    %(tier_s)s::int,
    date_bin(%(tier_s)s::int * interval '1 second', %(start)s, timestamptz 'epoch'),
    %(sensor_ids)s
);

-- name: lock_fold
-- The newest bucket that has closed and is due. One in which finer ones are dirty still waits for those, but
-- not for ever.
select tier_s, bucket
from (
    select tier_s, bucket
    from fold_due as due
    where bucket + tier_s * interval '1 second' <= now() - %(grace_s)s * interval '1 second'
        and (held_until is null or held_until < now())
    group by tier_s, bucket
    having min(created_at) < now() - %(patience_s)s * interval '1 second' or not exists (
        select
        from dirty_window
        where minute >= due.bucket
            and minute < due.bucket + due.tier_s * interval '1 second'
            and (held_until is null or held_until < now())
    ) and not exists (
        select
        from fold_due as finer
        where finer.tier_s < due.tier_s
            and finer.bucket >= due.bucket
            and finer.bucket < due.bucket + due.tier_s * interval '1 second'
            and (finer.held_until is null or finer.held_until < now())
    )
    order by bucket desc, tier_s
) as ready
where pg_try_advisory_lock(4, (extract(epoch from bucket) / 3600)::int * 2 + (tier_s = 86400)::int)
limit 1;

-- name: claim_fold
with gone as (
    delete from fold_due
    where id = any(
        array(
            select id
            from fold_due
            where tier_s = %(tier_s)s
                and bucket = %(bucket)s
                and (held_until is null or held_until < now())
            order by id
            limit %(max_rows)s
            for update skip locked
        )
    )
    returning id, sensor_ids, created_at
)
select
    array(select id from gone order by id) as ids,
    array(select distinct sensor_id from gone cross join unnest(sensor_ids) as sensor_id) as sensor_ids
where exists (select from gone);

-- name: hold_window
update dirty_window set held_until = now() + %(hold_s)s * interval '1 second' where id = any(%(ids)s);

-- name: hold_fold
update fold_due set held_until = now() + %(hold_s)s * interval '1 second' where id = any(%(ids)s);
