-- Capture sessions that backfills touch: `backfilling` while one of them is open.

-- name: enter
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

-- name: leave
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
