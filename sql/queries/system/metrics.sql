-- Numbers that the worker shows at each scrape. Each count ends at a limit, and reads an index or a small table.

-- name: backlog
-- All dirty windows, those put aside too, the oldest first and counted up to a limit.
select
    count(*)::float8 as waiting,
    (count(*) filter (where held_until > now()))::float8 as held,
    coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as oldest_s,
    (
        select coalesce(extract(epoch from clock_timestamp() - min(standing.next_at)), 0)::float8
        from webhook_standing as standing
        join webhook on webhook.id = standing.webhook_id and webhook.is_enabled
        where standing.next_at < now()
    ) as undelivered_s
from (
    select created_at, held_until from dirty_window order by id limit %(max_rows)s
) as dirty;

-- name: work
select 'backfill' as kind, status, count(*)::float8 as count
from backfill
where status in ('planned', 'running', 'paused', 'undoing') or finished_at > now() - interval '1 hour'
group by status
union all
select 'import', status, count(*)
from import
where status in ('uploading', 'ready', 'running', 'paused') or ended_at > now() - interval '1 hour'
group by status
union all
select 'export', status, count(*)
from export
where status in ('waiting', 'running') or ended_at > now() - interval '1 hour'
group by status
union all
select 'artifact', status, count(*)
from (
    (select status from artifact where status = 'uploading' limit %(max_rows)s)
    union all
    (select status from artifact where status = 'damaged' limit %(max_rows)s)
    union all
    (select 'missing' from artifact where missing_since is not null limit %(max_rows)s)
) as artifact
group by status
union all
select 'delivery', status, count(*)
from (
    (select status from webhook_delivery where status = 'waiting' limit %(max_rows)s)
    union all
    (
        select status
        from webhook_delivery
        where created_at > now() - interval '1 hour' and status <> 'waiting'
        limit %(max_rows)s
    )
) as delivery
group by status
union all
select 'held', 'folds', count(*) from (select from fold_due where held_until > now() limit %(max_rows)s) as held
union all
select 'held', 'conversions', count(*)
from (select from recalibration_due where held_until > now() limit %(max_rows)s) as held
union all
select 'held', 'excursions', count(*)
from (select from excursion_due where held_until > now() limit %(max_rows)s) as held
union all
select 'held', 'measures', count(*)
from (select from measure_due where held_until > now() limit %(max_rows)s) as held;
