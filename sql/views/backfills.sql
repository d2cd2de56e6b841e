-- The shape of backfills, as in `items.sql`. Progress is counted from the ledger of windows, so that windows
-- done at once by several workers never wait for a counter.

create or replace view backfill_item as
select
    backfill.id as position,
    backfill.project_id as in_project,
    backfill.public_id as id,
    project.public_id as project_id,
    backfill.status,
    backfill.is_dry_run as dry_run,
    coalesce(profile.public_id::text, 'timeline') as profile,
    backfill.wish -> 'sensors' as sensors,
    (backfill.wish ->> 'run')::uuid as run,
    (backfill.wish ->> 'capture_session')::uuid as capture_session,
    (backfill.wish ->> 'from')::timestamptz as from,
    (backfill.wish ->> 'to')::timestamptz as to,
    backfill.reason,
    backfill.priority,
    backfill.share::float8 as share,
    progress.windows_total,
    progress.windows_done,
    progress.readings_total,
    progress.readings_done,
    pace.rate,
    case
        when backfill.status in ('running', 'undoing') and pace.rate > 0
            then (progress.readings_total - progress.readings_done) / pace.rate
    end as eta_s,
    backfill.error,
    backfill.started_at,
    backfill.finished_at,
    backfill.created_by,
    backfill.version,
    backfill.created_at,
    backfill.updated_at
from backfill
join project on project.id = backfill.project_id
left join conversion_profile as profile on profile.id = backfill.profile_id
cross join lateral (
    select
        count(*) as windows_total,
        count(ended_at) as windows_done,
        coalesce(sum(readings), 0)::bigint as readings_total,
        coalesce(sum(readings) filter (where ended_at is not null), 0)::bigint as readings_done,
        coalesce(sum(readings) filter (where ended_at > now() - interval '15 seconds'), 0)::float8 as recent
    from (
        select
            readings,
            case
                when backfill.undo_at is not null then undone_at
                when not is_stale then done_at
            end as ended_at
        from backfill_window
        where backfill_id = backfill.id and (backfill.undo_at is null or done_at is not null)
    ) as part
) as progress
cross join lateral (
    select extract(epoch from
        coalesce(backfill.finished_at, now()) - coalesce(backfill.undo_at, backfill.started_at)
    )::float8 as seconds
) as worked
cross join lateral (
    select case
        when worked.seconds <= 0 then null
        when backfill.finished_at is null then progress.recent / least(worked.seconds, 15)
        else progress.readings_done / worked.seconds
    end as rate
) as pace;
