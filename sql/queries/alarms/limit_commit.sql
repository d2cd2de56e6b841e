-- What a commit of readings does to limits and alarms; `barograph/readings/storing/limit_commits.py` says in which order.

-- name: pass
select pass_limits(
    %(project_id)s, %(sensor_id)s::int4[], %(oldest_us)s::int8, %(newest)s::bytea, %(max_commits)s
) as is_done;

-- name: share
-- Commits that change no state share this lock, one that does takes it alone: so each sees what those before it left.
-- Class 43 of the two-key advisory locks is this lock's.
select pg_advisory_xact_lock_shared(43, %(project_id)s);

-- name: alone
select pg_advisory_xact_lock(43, %(project_id)s);

-- name: standing
-- A statement of its own after the lock: its snapshot must be younger than the lock.
select
    coalesce(standing.limit_id, '{}') as limit_id,
    coalesce(standing.since_us, '{}') as since_us,
    coalesce(standing.is_raised, '{}') as is_raised,
    (select count(*) from limit_progress where project_id = %(project_id)s) as commits,
    greatest(
        (select max(to_us) from excursion where project_id = %(project_id)s),
        (select max(to_us) from excursion_due where project_id = %(project_id)s)
    ) as last_odd_us
from (
    select
        array_agg(limit_id order by limit_id) as limit_id,
        array_agg(since_us order by limit_id) as since_us,
        array_agg(is_raised order by limit_id) as is_raised
    from limit_standing
    where project_id = %(project_id)s
) as standing;

-- name: progress
select newest from limit_progress where project_id = %(project_id)s;

-- name: take_progress
delete from limit_progress where project_id = %(project_id)s returning newest;

-- name: add_progress
insert into limit_progress (project_id, newest) values (%(project_id)s, %(newest)s);

-- name: clear
with cleared as (
    update alarm
    set
        cleared_at = timestamptz 'epoch' + done.at_us * interval '1 microsecond',
        cleared_value = done.value,
        version = version + 1,
        updated_at = now()
    from unnest(%(limit_id)s::int4[], %(at_us)s::int8[], %(value)s::float8[]) as done (limit_id, at_us, value)
    where alarm.limit_id = done.limit_id and alarm.cleared_at is null
    returning alarm.*
)
insert into event (project_id, kind, payload)
select cleared.project_id, 'alarm.cleared', alarm_news(row(cleared.*)::alarm)
from cleared
order by cleared.cleared_at, cleared.id;

-- name: raise
-- Those that have ended already come with both events.
with raised as (
    insert into alarm (project_id, sensor_id, limit_id, level, since, raised_at, value, cleared_at, cleared_value)
    select
        %(project_id)s,
        sensor_limit.sensor_id,
        sensor_limit.id,
        sensor_limit.level,
        timestamptz 'epoch' + given.since_us * interval '1 microsecond',
        timestamptz 'epoch' + given.raised_us * interval '1 microsecond',
        given.value,
        case
            when given.cleared_us < 9223372036854775807
                then timestamptz 'epoch' + given.cleared_us * interval '1 microsecond'
        end,
        nullif(given.cleared_value, 'NaN')
    from unnest(
        %(limit_id)s::int4[],
        %(since_us)s::int8[],
        %(raised_us)s::int8[],
        %(value)s::float8[],
        %(cleared_us)s::int8[],
        %(cleared_value)s::float8[]
    ) with ordinality as given (limit_id, since_us, raised_us, value, cleared_us, cleared_value, place)
    join sensor_limit on sensor_limit.id = given.limit_id
    order by given.place
    returning *
)
insert into event (project_id, kind, payload)
select
    raised.project_id,
    told.kind,
    case told.kind
        when 'alarm.cleared' then alarm_news(row(raised.*)::alarm)
        else alarm_news(row(raised.*)::alarm)
            || '{"cleared_at": null, "cleared_value": null}'
    end
from raised
cross join lateral (
    values ('alarm.raised', raised.raised_at, 0), ('alarm.cleared', raised.cleared_at, 1)
) as told (kind, at, place)
where told.at is not null
order by told.at, raised.id, told.place;

-- name: keep_standing
-- What is fine again goes.
with fine as (
    delete from limit_standing
    where limit_id = any(%(fine)s::int4[])
)
insert into limit_standing (limit_id, sensor_id, project_id, since_us, is_raised)
select given.limit_id, sensor_limit.sensor_id, %(project_id)s, given.since_us, given.is_raised
from unnest(%(limit_id)s::int4[], %(since_us)s::int8[], %(is_raised)s::boolean[]) as given (limit_id, since_us, is_raised)
join sensor_limit on sensor_limit.id = given.limit_id
on conflict (limit_id) do update set since_us = excluded.since_us, is_raised = excluded.is_raised;

-- name: queue_violations
-- Late and historical readings that violate a limit: their stretches are excursions. A row for each ten minutes, for
-- what lies between them is read.
insert into excursion_due (project_id, sensor_id, from_us, to_us, t_us)
select %(project_id)s, given.sensor_id, min(given.t_us), max(given.t_us), array_agg(given.t_us order by given.t_us)
from unnest(%(sensor_id)s::int4[], %(t_us)s::int8[]) as given (sensor_id, t_us)
group by given.sensor_id, given.t_us / 600000000;

-- name: queue_touched
-- A reading within an excursion may end it: such excursions are computed again, and those that are about to be found.
insert into excursion_due (project_id, sensor_id, from_us, to_us, t_us)
select %(project_id)s, odd.sensor_id, min(odd.from_us), max(odd.to_us), '{}'
from (
    select given.sensor_id, excursion.from_us, excursion.to_us
    from unnest(%(sensor_id)s::int4[], %(from_us)s::int8[], %(to_us)s::int8[]) as given (sensor_id, from_us, to_us)
    join excursion
        on excursion.sensor_id = given.sensor_id
            and excursion.to_us >= given.from_us
            and excursion.from_us <= given.to_us
    union all
    select given.sensor_id, greatest(given.from_us, due.from_us), least(given.to_us, due.to_us)
    from unnest(%(sensor_id)s::int4[], %(from_us)s::int8[], %(to_us)s::int8[]) as given (sensor_id, from_us, to_us)
    join excursion_due as due
        on due.sensor_id = given.sensor_id and due.to_us >= given.from_us and due.from_us <= given.to_us
) as odd
group by odd.sensor_id, odd.from_us / 600000000;

-- name: queue_rewritten
-- Where readings were converted again, by day; only sensors with limits count.
insert into excursion_due (project_id, sensor_id, from_us, to_us, t_us, is_whole)
select sensor.project_id, sensor.id, min(given.from_us), max(given.to_us), array[min(given.from_us), max(given.to_us)], true
from unnest(%(sensor_id)s::int4[], %(from_us)s::int8[], %(to_us)s::int8[]) as given (sensor_id, from_us, to_us)
join sensor on sensor.id = given.sensor_id
where exists (
    select from sensor_limit
    where sensor_limit.sensor_id = sensor.id and sensor_limit.deleted_at is null
)
group by sensor.id, given.from_us / 86400000000;
