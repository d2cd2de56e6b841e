-- Backfills as people see and control them.

-- name: close
-- An end: what it held is free for others, and sessions that no other open backfill touches are back.
update backfill_scope set is_open = false where backfill_id = %(id)s and is_open;

-- name: enter_sessions
-- Sessions of the readings an open backfill is about become `backfilling`; also those that succeed while
-- it runs. Runs are locked first, as everywhere. Of one session, if it is named.
with touched as (
    select distinct session.id, session.run_id
    from backfill_scope as scope
    join capture_session_sensor as taken on taken.sensor_id = scope.sensor_id
    join capture_session as session
        on session.id = taken.capture_session_id
        and scope.during && tstzrange(session.started_at, session.stopped_at)
    where scope.backfill_id = %(id)s
        and scope.is_open
        and session.status in ('succeeded', 'backfilling')
        and session.id = coalesce(%(capture_session_id)s::int, session.id)
), parents as materialized (
    select id from run where id in (select run_id from touched) order by id for no key update
), noted as (
    insert into backfill_session (backfill_id, capture_session_id)
    select %(id)s, touched.id from touched
    join parents on parents.id = touched.run_id
    on conflict do nothing
), moved as (
    update capture_session as session
    set status = 'backfilling', version = version + 1, updated_at = now()
    from touched
    join parents on parents.id = touched.run_id
    where session.id = touched.id and session.status = 'succeeded'
    returning session.id
)
insert into status_change (kind, subject_id, from_status, to_status, actor_id, actor, role, reason)
select
    'capture_session',
    moved.id,
    'succeeded',
    'backfilling',
    %(actor_id)s::uuid,
    %(actor)s,
    %(role)s,
    'backfill: ' || backfill.reason
from moved
join backfill on backfill.id = %(id)s;

-- name: lock_runs
-- Those whose sessions' bounds decide what it is about.
select run.id
from run
where run.project_id = %(project_id)s
    and run.id in (
        select %(run_id)s::int
        union all
        select run_id from capture_session where id = %(capture_session_id)s::int
    )
order by run.id
for no key update;

-- name: lock_touched_runs
-- Whose sessions' readings it is about, also those that run: they stop before or after.
select run.id
from run
where run.id in (
    select session.run_id
    from backfill_scope as scope
    join capture_session_sensor as taken on taken.sensor_id = scope.sensor_id
    join capture_session as session
        on session.id = taken.capture_session_id
        and scope.during && tstzrange(session.started_at, session.stopped_at)
    where scope.backfill_id = %(id)s and session.status in ('running', 'succeeded')
)
order by run.id
for no key update;

-- name: touching
-- Open backfills that a capture session's readings are among those of.
select backfill.id, backfill.public_id, backfill.status
from backfill
where is_open(backfill.status)
    and exists (
        select
        from capture_session_sensor as taken
        join backfill_scope as scope on scope.sensor_id = taken.sensor_id and scope.backfill_id = backfill.id
        join capture_session as session on session.id = taken.capture_session_id
        where session.id = %(id)s
            and scope.is_open
            and scope.during && tstzrange(session.started_at, session.stopped_at)
    )
order by backfill.id;

-- name: bounded_by
-- Open backfills that are about just what a capture session's bounds were when they were asked for.
select backfill.public_id, backfill.status
from capture_session as session
join run on run.id = session.run_id
join backfill on backfill.project_id = session.project_id
where session.id = %(id)s
    and is_open(backfill.status)
    and not backfill.is_dry_run
    and (
        backfill.wish ->> 'capture_session' = session.public_id::text
        or backfill.wish ->> 'run' = run.public_id::text
    )
order by backfill.id
limit 1;

-- name: leave_sessions
with own as (
    select session.id, session.run_id
    from backfill_session as touched
    join capture_session as session on session.id = touched.capture_session_id
    where touched.backfill_id = %(id)s
        and session.status = 'backfilling'
        and not exists (
            select
            from backfill_session as others
            join backfill on backfill.id = others.backfill_id
            where others.capture_session_id = session.id
                and others.backfill_id <> %(id)s
                and is_open(backfill.status)
        )
), parents as materialized (
    select id from run where id in (select run_id from own) order by id for no key update
), moved as (
    update capture_session as session
    set status = 'succeeded', version = version + 1, updated_at = now()
    from own
    join parents on parents.id = own.run_id
    where session.id = own.id and session.status = 'backfilling'
    returning session.id
)
insert into status_change (kind, subject_id, from_status, to_status, actor_id, actor, role, reason)
select
    'capture_session',
    moved.id,
    'backfilling',
    'succeeded',
    %(actor_id)s::uuid,
    %(actor)s,
    %(role)s,
    'backfill ' || backfill.status
from moved
join backfill on backfill.id = %(id)s;

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

-- name: open_scope
update backfill_scope set is_open = true where backfill_id = %(id)s;

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

-- name: lock_timelines
-- Of open backfills, whose windows and ends wait until the change is decided; dry runs too.
select from backfill_timeline
where backfill_id in (
    select scope.backfill_id
    from backfill_scope as scope
    join backfill on backfill.id = scope.backfill_id
    where scope.sensor_id = %(sensor_id)s
        and scope.during && %(changed)s::tstzmultirange
        and is_open(backfill.status)
)
order by backfill_id
for no key update;

-- name: against
-- An open backfill that can't follow a change of the timeline: it gives the range to one version, or puts back
-- what was there.
select backfill.public_id, backfill.status, backfill.undo_at is not null as is_undo
from backfill_scope as scope
join backfill on backfill.id = scope.backfill_id
where scope.sensor_id = %(sensor_id)s
    and scope.during && %(changed)s::tstzmultirange
    and scope.is_open
    and scope.backfill_id <> %(backfill_id)s
    and is_open(backfill.status)
    and (backfill.profile_id is not null or backfill.undo_at is not null)
order by backfill.id
limit 1;

-- name: follow_timeline
-- Windows that are done are done again where the timeline changes, and after them those of sensors that may
-- need these.
with touched as (
    select distinct scope.backfill_id
    from backfill_scope as scope
    join backfill on backfill.id = scope.backfill_id
    where scope.sensor_id = %(sensor_id)s
        and scope.during && %(changed)s::tstzmultirange
        and scope.backfill_id <> %(backfill_id)s
        and backfill.status in ('planned', 'running', 'paused')
        and backfill.undo_at is null
), told as (
    update backfill_timeline set has_changed = true
    from touched
    where backfill_timeline.backfill_id = touched.backfill_id
), own as (
    select touched.backfill_id, min(part.level) as level
    from touched
    join backfill_window as part on part.backfill_id = touched.backfill_id
    where %(sensor_id)s = any(part.sensor_ids) and part.during && %(changed)s::tstzmultirange
    group by touched.backfill_id
)
update backfill_window as part
set is_stale = true
from own
where part.backfill_id = own.backfill_id
    and part.done_at is not null
    and not part.is_stale
    and (
        (%(sensor_id)s = any(part.sensor_ids) and part.during && %(changed)s::tstzmultirange)
        or (
            part.level > own.level
            and upper(part.during) > coalesce(lower(%(changed)s::tstzmultirange), '-infinity')
        )
    );

-- name: scope_of_sensor
select coalesce(range_agg(during), '{}')::text as changed
from backfill_scope
where backfill_id = %(id)s and sensor_id = %(sensor_id)s;

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

-- name: set_timeline_before
update backfill
set timeline_before = (
    select coalesce(jsonb_agg(jsonb_build_object('profile_id', profile_id, 'during', during)), '[]')
    from profile_validity
    where sensor_id = %(sensor_id)s
)
where id = %(id)s;

-- name: maybe_made_before
-- Minutes of the range that is being taken in which the version may have made values before, day by day; roll-ups
-- know, and where they don't, any minute may be one. None, if it has never held.
with version as materialized (
    select id from conversion_profile where id = %(profile_id)s and first_held_at is not null
), taken as materialized (
    select unnest(
        (select range_agg(during) from backfill_scope where backfill_id = %(id)s)
        - coalesce((select range_agg(during) from profile_validity where profile_id = %(profile_id)s), '{}')
    ) as during
), dirty as materialized (
    select distinct minute
    from dirty_window
    where exists (select from version) and %(sensor_id)s = any(sensor_ids)
), day as materialized (
    select bucket as day
    from rollup
    where exists (select from version)
        and sensor_id = %(sensor_id)s
        and tier_s = 86400
        and %(profile_id)s between least_profile and greatest_profile
    union
    select time_bucket('1 day', bucket)
    from fold_due
    where exists (select from version) and %(sensor_id)s = any(sensor_ids)
), minute as (
    select found.bucket as minute
    from day
    cross join lateral (
        select bucket
        from rollup
        where sensor_id = %(sensor_id)s
            and tier_s = 60
            and bucket >= day.day
            and bucket < day.day + interval '1 day'
            and %(profile_id)s between least_profile and greatest_profile
        offset 0
    ) as found
    union
    select minute from dirty
)
select time_bucket('1 day', minute) as day, array_agg(minute order by minute) as minutes
from minute
where exists (
    select from taken where taken.during && tstzrange(minute.minute, minute.minute + interval '1 minute')
)
group by day
order by day;

-- name: note_made_before
insert into backfill_made_before (backfill_id, time, raw)
select %(id)s, found.time, found.raw
from unnest(%(minutes)s::timestamptz[]) as asked (minute)
cross join lateral (
    select time, raw
    from reading
    where sensor_id = %(sensor_id)s
        and time >= asked.minute
        and time < asked.minute + interval '1 minute'
        and profile_id = %(profile_id)s
        -- A constant, by which chunks are left out.
        and time >= %(day)s
        and time < %(day)s::timestamptz + interval '1 day'
    offset 0
) as found;

-- name: restore_timeline
-- Where the named version still holds what the backfill gave it, those hold again that did before.
with asked as (
    select range_agg(during) as ranges from backfill_scope where backfill_id = %(id)s
), gone as (
    delete from profile_validity where sensor_id = %(sensor_id)s returning profile_id, during
), given as (
    select asked.ranges * coalesce(
        (select range_agg(during) from gone where profile_id = %(profile_id)s), '{}'
    ) as ranges
    from asked
), pieces as (
    select gone.profile_id, unnest(tstzmultirange(gone.during) - given.ranges) as piece
    from gone cross join given
    union all
    select before.profile_id, unnest(tstzmultirange(before.during::tstzrange) * given.ranges)
    from backfill
    cross join given
    cross join jsonb_to_recordset(backfill.timeline_before) as before (profile_id int, during text)
    where backfill.id = %(id)s
), merged as (
    select profile_id, range_agg(piece) as ranges from pieces group by profile_id
)
insert into profile_validity (sensor_id, profile_id, during)
select %(sensor_id)s, profile_id, unnest(ranges)
from merged;

-- name: sensors
select id, public_id from sensor where project_id = %(project_id)s and public_id = any(%(public_ids)s);

-- name: run
select id from run where project_id = %(project_id)s and public_id = %(public_id)s;

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
