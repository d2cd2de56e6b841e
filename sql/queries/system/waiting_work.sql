-- What is left to do, for the worker's scheduler.

-- name: count
-- One row for all jobs that ask at the same time. Each part stops at the first rows that it finds.
select
    (
        select count(*)
        from (
            select
            from dirty_window
            where (held_until is null or held_until < now())
                and created_at <= now() - %(window_rest_s)s * interval '1 second'
            limit %(max_windows)s
        ) as waiting
    ) as windows,
    exists (
        select
        from fold_due
        where (held_until is null or held_until < now())
            and bucket + tier_s * interval '1 second' <= now() - %(fold_grace_s)s * interval '1 second'
    )::int as folds,
    (
        exists (select from backfill where status in ('planned', 'running', 'paused', 'undoing'))
        or exists (
            select
            from backfill_session as touched
            join capture_session as session on session.id = touched.capture_session_id
            where session.status = 'backfilling'
        )
    )::int as backfills,
    exists (select from recalibration_due where held_until is null or held_until < now())::int as conversions,
    exists (select from excursion_due where held_until is null or held_until < now())::int as excursions,
    exists (select from measure_due where held_until is null or held_until < now())::int as measures,
    exists (
        select
        from export
        where status in ('waiting', 'running') and not exists (
            select
            from pg_locks
            where locktype = 'advisory' and classid = 54 and objid = export.id::oid and objsubid = 2
                and database = (select oid from pg_database where datname = current_database())
        )
    )::int as exports,
    exists (
        select
        from import
        where status = 'running' and not exists (
            -- The lock of somebody who died is gone with their connection.
            select
            from pg_locks
            where locktype = 'advisory' and classid = 8 and objid = import.id::oid and objsubid = 2
                and database = (select oid from pg_database where datname = current_database())
        )
    )::int as imports,
    exists (
        select from import where status = 'undoing' and (undo_held_until is null or undo_held_until < now())
    )::int as undos;

-- name: tell
select pg_notify('barograph_work', '');
