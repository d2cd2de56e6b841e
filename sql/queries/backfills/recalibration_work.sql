-- A worker's turn at backfills: which have something to do, and how they end.

-- name: open_backfills
-- Projects take turns. Of a project, the most urgent comes first, and equals take turns. Of those that are paused
-- there is nothing to do.
select backfill.id, backfill.status <> 'paused' as has_work
from backfill
left join project_turn as turn on turn.work = 'backfill' and turn.project_id = backfill.project_id
where backfill.status in ('planned', 'running', 'paused', 'undoing')
order by turn.taken_at nulls first, backfill.project_id, backfill.priority desc, random();

-- name: take_turn
insert into project_turn (work, project_id)
select 'backfill', project_id
from backfill
where id = %(id)s
on conflict (work, project_id) do update set taken_at = clock_timestamp();

-- name: find_work
select
    project_id,
    status,
    planned_at is not null as is_planned,
    is_dry_run,
    profile_id,
    share,
    greatest(extract(epoch from rest_until - clock_timestamp()), 0)::float8 as rest_s,
    timeline_before is not null as has_taken
from backfill
where id = %(id)s and status in ('planned', 'running', 'undoing');

-- name: rest
-- After work of so long. What several workers do at once adds up.
update backfill
set rest_until = greatest(rest_until, clock_timestamp() - %(busy_s)s * interval '1 second')
    + %(busy_s)s / share * interval '1 second'
where id = %(id)s;

-- name: holdings
-- What the named version is to hold.
select
    scope.sensor_id,
    backfill.profile_id,
    lower(scope.during) as valid_from,
    upper(scope.during) as valid_to
from backfill
join backfill_scope as scope on scope.backfill_id = backfill.id
where backfill.id = %(id)s;

-- name: note_failure
-- What fails for no passing reason is tried a few times; then the backfill has failed. Without a window, it is
-- the plan.
with failed as (
    update backfill_window set attempts = attempts + 1 where id = %(window_id)s returning attempts
)
update backfill
set
    error = %(error)s,
    attempts = attempts + case when %(window_id)s::bigint is null then 1 else 0 end,
    updated_at = now()
where id = %(id)s
returning coalesce((select attempts from failed), attempts) as attempts;

-- name: fail
update backfill
set status = 'failed', finished_at = now(), version = version + 1, updated_at = now()
where id = %(id)s and status in ('running', 'undoing', 'planned')
returning public_id;

-- name: lock_timeline
select has_changed from backfill_timeline where backfill_id = %(id)s for no key update;

-- name: plan_again
-- Readings of the old timeline may lie where no window is: they arrived after that time was planned.
with again as (
    update backfill
    set planned_at = null, planned_until = null
    where id = %(id)s and status = 'running'
    returning id
)
update backfill_timeline set has_changed = false
from again
where backfill_timeline.backfill_id = again.id
returning again.id;

-- name: finish
-- If nothing is left. The last two workers may both find that; one of them updates the row.
update backfill
set
    status = case status when 'undoing' then 'undone' else 'finished' end,
    finished_at = clock_timestamp(),
    error = null,
    version = version + 1,
    updated_at = now()
where id = %(id)s
    and (
        (status = 'running' and not exists (
            select from backfill_window
            where backfill_id = %(id)s and (done_at is null or is_stale)
        ))
        or (status = 'undoing' and not exists (
            select from backfill_window
            where backfill_id = %(id)s and done_at is not null and undone_at is null
        ))
    )
returning public_id;

-- name: note_end
insert into audit_entry (project_id, actor, action, subject_id, after)
select
    project_id,
    'barograph',
    'backfill.end',
    public_id,
    jsonb_strip_nulls(jsonb_build_object('status', status, 'error', error))
from backfill
where id = %(id)s;

-- name: stranded
-- Backfills that have ended while one that touched the same sessions ended too: each took the other for open.
select distinct backfill.id
from backfill_session as touched
join backfill on backfill.id = touched.backfill_id
join capture_session as session on session.id = touched.capture_session_id
where session.status = 'backfilling'
    and not exists (
        select
        from backfill_session as others
        join backfill on backfill.id = others.backfill_id
        where others.capture_session_id = session.id and is_open(backfill.status)
    );
