-- Backfills as people see and control them.

-- name: close
-- An end: what it held is free for others, and sessions that no other open backfill touches are back.
update backfill_scope set is_open = false where backfill_id = %(id)s and is_open;

-- name: create
insert into backfill (
    project_id, is_dry_run, profile_id, wish, reason, priority, share, created_by
)
values (
    %(project_id)s,
    %(dry_run)s,
    %(profile_id)s::int,
    %(wish)s,
    %(reason)s,
    %(priority)s,
    %(share)s,
    %(created_by)s
)
returning id;

-- name: add_scope
-- Not open yet, so that what is in the way of opening it can be found.
insert into backfill_scope (backfill_id, sensor_id, during, is_open)
select %(id)s, sensor_id, stretch, false
from (
    select asked.sensor_id, unnest(range_agg(asked.during)) as stretch
    from (
        select
            taken.sensor_id,
            tstzrange(session.started_at, coalesce(session.stopped_at, now()))
                * tstzrange(%(from)s::timestamptz, %(to)s::timestamptz) as during
        from capture_session as session
        join capture_session_sensor as taken on taken.capture_session_id = session.id
        where session.project_id = %(project_id)s
            and session.started_at is not null
            and (%(run_id)s::int is not null or %(capture_session_id)s::int is not null)
            and session.run_id = coalesce(%(run_id)s::int, session.run_id)
            and session.id = coalesce(%(capture_session_id)s::int, session.id)
        union all
        select id, tstzrange(%(from)s::timestamptz, %(to)s::timestamptz)
        from sensor
        where project_id = %(project_id)s
            and %(run_id)s::int is null
            and %(capture_session_id)s::int is null
    ) as asked
    where not isempty(asked.during)
        and (%(sensor_ids)s::int[] is null or asked.sensor_id = any(%(sensor_ids)s::int[]))
    group by asked.sensor_id
) as own
order by sensor_id, stretch
returning sensor_id, lower(during) as valid_from, upper(during) as valid_to;

-- name: overlapping
-- The open one that is in the way; or of those that ended later, one that rewrote the same readings.
select distinct on (other.id) other.public_id, other.status
from backfill_scope as own
join backfill_scope as theirs
    on theirs.sensor_id = own.sensor_id and theirs.during && own.during and theirs.backfill_id <> own.backfill_id
join backfill as other on other.id = theirs.backfill_id
where own.backfill_id = %(id)s
    and (
        theirs.is_open
        or (
            %(looks_back)s
            and other.id > %(id)s
            and not other.is_dry_run
            and other.status in ('finished', 'failed', 'cancelled')
            and exists (
                select from backfill_window
                where backfill_id = other.id and done_at is not null and undone_at is null
            )
        )
    )
order by other.id;

-- name: item
select * from backfill_item where position = %(id)s;

-- name: list
select *
from backfill_item
where in_project = %(project_id)s
    and position < %(before)s
    and (%(status)s::text is null or status = %(status)s)
order by position desc
limit %(fetch)s;

-- name: lock
select status, is_dry_run, undo_at is not null as is_undo, planned_at is not null as is_planned,
    profile_id, timeline_before
from backfill
where id = %(id)s
for no key update;

-- name: effect
select
    sensor.public_id as sensor_id,
    sensor.key,
    sum(effect.readings) as readings,
    sum(effect.changed) as changed,
    sum(effect.change_sum) / nullif(sum(effect.compared), 0) as mean_change,
    case when sum(effect.compared) > 0 then max(effect.change_max) end as max_change,
    sum(effect.flags_set) as new_flags,
    sum(effect.flags_cleared) as cleared_flags
from backfill_window as part
join backfill_effect as effect on effect.window_id = part.id
join sensor on sensor.id = effect.sensor_id
where part.backfill_id = %(id)s
group by sensor.id
order by sensor.id;

-- name: touched
select session.public_id as capture_session_id, run.public_id as run_id
from capture_session as session
join run on run.id = session.run_id
where session.started_at is not null
    and exists (
        select
        from backfill_scope as scope
        join capture_session_sensor as taken
            on taken.capture_session_id = session.id and taken.sensor_id = scope.sensor_id
        where scope.backfill_id = %(id)s and scope.during && tstzrange(session.started_at, session.stopped_at)
    )
    and session.project_id = (select project_id from backfill where id = %(id)s)
order by session.id desc
limit 1000;

-- name: pace
-- What a worker did lately, in readings a second of its time.
select sum(readings) / nullif(sum(busy_s), 0) as readings_hz
from (
    select part.readings, part.busy_s
    from backfill_window as part
    join backfill on backfill.id = part.backfill_id
    where part.done_at is not null and not backfill.is_dry_run and part.busy_s is not null
    order by part.done_at desc
    limit 100
) as lately;

-- name: move
update backfill
set
    status = %(status)s,
    finished_at = case when %(status)s = 'cancelled' then clock_timestamp() end,
    version = version + 1,
    updated_at = now()
where id = %(id)s;

-- name: hold_windows
-- Waits for the windows that are being worked on; whoever claims one from an older snapshot now fails.
update backfill_window set attempts = attempts
where backfill_id = %(id)s and (done_at is null or is_stale);

-- name: queue_left
-- Of one that ends early: windows that are left, of sensors that need what has been rewritten, are converted
-- again by the versions that made their values.
insert into recalibration_due (sensor_id, during)
select sensor.id, part.during
from backfill
join backfill_window as part on part.backfill_id = backfill.id
join sensor on sensor.id = any(part.sensor_ids)
where backfill.id = %(id)s
    and not backfill.is_dry_run
    and part.level > 0
    and case
        when backfill.undo_at is null then part.done_at is null or part.is_stale
        else part.done_at is not null and part.undone_at is null
    end
    and exists (
        select from backfill_window as before
        where before.backfill_id = backfill.id and before.level < part.level and before.done_at is not null
    );

-- name: begin_undo
-- Of a named version, what was not rewritten is looked at too: readings have arrived under its timeline.
with passed as (
    update backfill_window
    set done_at = case when %(has_taken)s then coalesce(done_at, clock_timestamp()) else done_at end, attempts = 0
    where backfill_id = %(id)s and (attempts > 0 or done_at is null and %(has_taken)s)
)
update backfill
set
    status = 'undoing',
    undo_at = clock_timestamp(),
    finished_at = null,
    error = null,
    attempts = 0,
    planned_at = case when %(has_taken)s then null else coalesce(planned_at, now()) end,
    planned_until = null,
    version = version + 1,
    updated_at = now()
where id = %(id)s;

-- name: retry_undo
-- One that failed goes on where it was. Its timeline was restored then, and may have been changed since.
with again as (
    update backfill_window set attempts = 0
    where backfill_id = %(id)s and undone_at is null and attempts > 0
)
update backfill
set
    status = 'undoing',
    undo_at = clock_timestamp(),
    finished_at = null,
    error = null,
    attempts = 0,
    version = version + 1,
    updated_at = now()
where id = %(id)s;

-- name: capture_session
select id from capture_session where project_id = %(project_id)s and public_id = %(public_id)s;

-- name: profile
select profile.id, profile.sensor_id
from conversion_profile as profile
join sensor on sensor.id = profile.sensor_id
where sensor.project_id = %(project_id)s and profile.public_id = %(public_id)s;

-- name: profile_name
select public_id from conversion_profile where id = %(profile_id)s;

-- name: believed
-- What was replaced after a time, the last first. A reading that is marked as late had been converted by the
-- version that the backfill named.
select
    saved.columns,
    saved.became,
    coalesce(backfill.profile_id, -1) as profile_id,
    (extract(epoch from lower(saved.during)) * 1000000)::int8 as from_us,
    (extract(epoch from upper(saved.during)) * 1000000)::int8 as to_us
from backfill_saved as saved
left join backfill_window as part on part.id = saved.window_id
left join backfill on backfill.id = part.backfill_id
where saved.project_id in (select project_id from sensor where id = any(%(sensor_ids)s::int4[]))
    and saved.replaced_at > %(as_of)s
    and saved.sensor_ids && %(sensor_ids)s::int4[]
    and saved.during && tstzrange(%(from)s, %(to)s, '[]')
    and octet_length(saved.columns) > 0
order by saved.replaced_at desc, saved.id desc;
