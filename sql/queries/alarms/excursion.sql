-- Excursions: stretches of stored readings that violate a limit. `backfill/excursions/` says in which order.

-- name: lock_work
-- Of all workers one computes excursions. Class 44 of the two-key advisory locks is this lock's.
select pg_try_advisory_lock(44, 0) as is_locked;

-- name: next_due
-- What is due of one sensor and day, UTC: the oldest, with others that can be done with it.
with oldest as (
    select project_id, sensor_id, from_us / 86400000000 as day
    from excursion_due
    where held_until is null or held_until < now()
    order by id
    limit 1
)
select due.id, due.project_id, due.sensor_id, due.from_us, due.to_us
from oldest
join excursion_due as due
    on due.sensor_id = oldest.sensor_id
        and due.from_us >= oldest.day * 86400000000
        and due.from_us < (oldest.day + 1) * 86400000000
        and (due.held_until is null or due.held_until < now())
order by due.from_us, due.id
limit %(max_rows)s;

-- name: limits
select id from sensor_limit where sensor_id = %(sensor_id)s and deleted_at is null order by id;

-- name: reach
-- How far stretches that meet a range may reach: to the nearest times at which all readings clear the limit, of so many
-- readings before and after it within the day.
select
    coalesce(
        (
            select max(clear.time)
            from (
                select near.time
                from (
                    select time, physical
                    from newest_readings(
                        %(sensor_id)s::int4, %(earliest)s, %(from)s, %(max_readings)s, true
                    ) as reading
                    order by time desc
                    limit %(max_readings)s
                ) as near
                group by near.time
                having bool_and(clears_limit(sensor_limit, near.time, near.physical))
            ) as clear
        ),
        (
            select min(near.time)
            from (
                    select time, physical
                    from newest_readings(
                        %(sensor_id)s::int4, %(earliest)s, %(from)s, %(max_readings)s, true
                    ) as reading
                    order by time desc
                    limit %(max_readings)s
            ) as near
        ),
        %(from)s
    ) as reach_from,
    coalesce(
        (
            select min(clear.time)
            from (
                select near.time
                from (
                    select time, physical
                    from oldest_readings(
                        %(sensor_id)s::int4,
                        %(after)s,
                        %(until)s,
                        %(max_readings)s,
                        true
                    ) as reading
                    order by time
                    limit %(max_readings)s
                ) as near
                group by near.time
                having bool_and(clears_limit(sensor_limit, near.time, near.physical))
            ) as clear
        ),
        (
            select max(near.time)
            from (
                    select time, physical
                    from oldest_readings(
                        %(sensor_id)s::int4,
                        %(after)s,
                        %(until)s,
                        %(max_readings)s,
                        true
                    ) as reading
                    order by time
                    limit %(max_readings)s
            ) as near
        ),
        %(to)s
    ) as reach_to
from sensor_limit
where id = %(limit_id)s;

-- name: found_within
-- How far the excursions reach that were found there.
select
    coalesce(min(from_us), %(from_us)s) as from_us,
    coalesce(max(to_us), %(to_us)s) as to_us
from excursion
where limit_id = %(limit_id)s and to_us >= %(from_us)s and from_us <= %(to_us)s;

-- name: widen_due
-- What arrives there from now on is noted as due itself.
update excursion_due
set from_us = least(from_us, %(from_us)s), to_us = greatest(to_us, %(to_us)s)
where id = %(id)s;

-- name: wait_for_commits
-- Those that have not seen how far the row reaches now.
select pg_advisory_xact_lock(43, %(project_id)s);

-- name: claim_due
delete from excursion_due
where id = any(%(ids)s)
returning id, project_id, sensor_id, from_us, to_us, t_us, is_whole;

-- name: replace
-- The stretches of a limit within a range take the place of those that were found there, if they hold a time that made
-- one of these an excursion, or one that is due, or meet a whole range that is due. An extreme is the value farthest
-- beyond the limit, the first of several.
with gone as (
    delete from excursion
    where limit_id = %(limit_id)s and to_us >= %(from_us)s and from_us <= %(to_us)s
    returning odd_us
), odd as (
    select unnest(odd_us) as t_us from gone
    union
    select unnest(%(t_us)s::int8[])
), classified as (
    select
        (extract(epoch from reading.time) * 1000000)::int8 as t_us,
        reading.physical,
        violates_limit(sensor_limit, reading.time, reading.physical) as violates,
        count(*) filter (where clears_limit(sensor_limit, reading.time, reading.physical))
            over (order by reading.time, reading.raw, reading.physical) as stretch,
        greatest(sensor_limit.min - reading.physical, reading.physical - sensor_limit.max) as excess
    from sensor_limit
    join readings_of(%(sensor_id)s::int4, %(from)s, %(after)s) as reading on reading.physical is not null
    where sensor_limit.id = %(limit_id)s
), found as (
    select
        min(t_us) as from_us,
        max(t_us) as to_us,
        count(*) as readings,
        max(array[excess, -t_us::float8, physical]) as extreme
    from classified
    where violates
    group by stretch
)
insert into excursion (project_id, sensor_id, limit_id, from_us, to_us, extreme, extreme_us, readings, odd_us)
select
    %(project_id)s,
    %(sensor_id)s,
    %(limit_id)s,
    found.from_us,
    found.to_us,
    found.extreme[3],
    -found.extreme[2]::int8,
    found.readings,
    case when whole.is_new then array[found.from_us, found.to_us] || held.odd_us else held.odd_us end
from found
cross join lateral (
    select exists (
        select
        from unnest(%(whole_from_us)s::int8[], %(whole_to_us)s::int8[]) as given (from_us, to_us)
        where found.to_us >= given.from_us and found.from_us <= given.to_us
    ) as is_new
) as whole
cross join lateral (
    select coalesce(array_agg(first.t_us), '{}') as odd_us
    from (
        select t_us
        from odd
        where t_us between found.from_us and found.to_us
        order by t_us
        limit 1000
    ) as first
) as held
where whole.is_new or held.odd_us <> '{}'
order by found.from_us;

-- name: hold
update excursion_due set held_until = now() + %(hold_s)s * interval '1 second' where id = any(%(ids)s);

-- name: expire_alarms
-- Of each limit, and of each sensor's silence, the newest 10,000 stay for 400 days, and what is active for ever.
delete from alarm
using (
    select id, row_number() over (partition by sensor_id, limit_id order by id desc) as place
    from alarm
) as ranked
where alarm.id = ranked.id
    and alarm.cleared_at is not null
    and (alarm.cleared_at < now() - interval '400 days' or ranked.place > 10000);

-- name: expire_excursions
-- Likewise, by when they were found.
delete from excursion
using (
    select id, row_number() over (partition by limit_id order by id desc) as place
    from excursion
) as ranked
where excursion.id = ranked.id
    and (excursion.created_at < now() - interval '400 days' or ranked.place > 10000);
