-- People could set a capture session to `backfilling`, and no backfill gave it back. Those that no open backfill
-- touches have succeeded, as they had before.
with moved as (
    update capture_session as session
    set status = 'succeeded', version = version + 1, updated_at = now()
    where session.status = 'backfilling'
        and not exists (
            select
            from backfill_session as touched
            join backfill on backfill.id = touched.backfill_id
            where touched.capture_session_id = session.id and is_open(backfill.status)
        )
    returning session.id
)
insert into status_change (kind, subject_id, from_status, to_status, actor, reason)
select 'capture_session', id, 'backfilling', 'succeeded', 'barograph', 'no backfill is open' from moved;
