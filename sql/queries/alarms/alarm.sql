-- Limits, alarms and excursions, as people see and change them.

-- name: count_limits
select count(*) as limits from sensor_limit where sensor_id = %(sensor_id)s and deleted_at is null;

-- name: create_limit
insert into sensor_limit (sensor_id, level, min, max, hysteresis, delay_s, during, created_by)
values (
    %(sensor_id)s,
    %(level)s,
    %(min)s,
    %(max)s,
    %(hysteresis)s,
    %(delay_s)s,
    tstzrange(%(valid_from)s::timestamptz, %(valid_to)s::timestamptz),
    %(created_by)s
)
returning id;

-- name: limit
select * from limit_item where position = %(id)s;

-- name: list_limits
select *
from limit_item
where in_sensor = %(sensor_id)s and deleted_at is null and position < %(before)s
order by position desc
limit %(fetch)s;

-- name: lock_limit
select version from sensor_limit where id = %(id)s and deleted_at is null for no key update;

-- name: delete_limit
update sensor_limit set deleted_at = now(), version = version + 1, updated_at = now() where id = %(id)s;

-- name: end_of_limit
-- Its alarm ends with it, by the server's clock.
with ended as (
    update alarm
    set cleared_at = greatest(now(), raised_at), end_reason = 'limit-deleted', version = version + 1, updated_at = now()
    where limit_id = %(id)s and cleared_at is null
    returning alarm.*
), forgotten as (
    delete from limit_standing where limit_id = %(id)s
)
insert into event (project_id, kind, payload)
select ended.project_id, 'alarm.cleared', alarm_news(row(ended.*)::alarm) from ended;

-- name: list
select *
from alarm_item
where in_project = %(project_id)s
    and position < %(before)s
    and (%(active)s::boolean is null or active = %(active)s)
    and (%(sensor_id)s::uuid is null or sensor_id = %(sensor_id)s)
    and (%(level)s::text is null or level = %(level)s)
    and (%(to)s::timestamptz is null or raised_at < %(to)s)
    and (%(from)s::timestamptz is null or cleared_at is null or cleared_at >= %(from)s)
order by position desc
limit %(fetch)s;

-- name: item
select * from alarm_item where position = %(id)s;

-- name: lock
select acknowledged_at, acknowledged_by, comment from alarm where id = %(id)s for no key update;

-- name: acknowledge
with acknowledged as (
    update alarm
    set
        acknowledged_at = now(),
        acknowledged_by = %(account_id)s,
        comment = %(comment)s,
        version = version + 1,
        updated_at = now()
    where id = %(id)s
    returning alarm.*
)
insert into event (project_id, kind, payload)
select
    acknowledged.project_id,
    'alarm.acknowledged',
    alarm_news(row(acknowledged.*)::alarm)
        || jsonb_build_object('acknowledged_by', acknowledged.acknowledged_by, 'comment', acknowledged.comment)
from acknowledged;

-- name: list_excursions
select *
from excursion_item
where in_project = %(project_id)s
    and position < %(before)s
    and (%(sensor_id)s::uuid is null or sensor_id = %(sensor_id)s)
    and (%(level)s::text is null or level = %(level)s)
    and (%(to)s::timestamptz is null or "from" < %(to)s)
    and (%(from)s::timestamptz is null or "to" >= %(from)s)
order by position desc
limit %(fetch)s;
