-- Jobs of the worker; two at once do no harm.

-- name: coalesce_dirty_windows
-- One row per minute in place of one per commit and minute. Rows that somebody is working on are left.
with many as (
    select minute from dirty_window group by minute having count(*) > 1 order by minute desc limit 1000
), claimed as (
    select id from dirty_window where minute in (select minute from many) for update skip locked
), gone as (
    delete from dirty_window using claimed where dirty_window.id = claimed.id
    returning dirty_window.minute, dirty_window.sensor_ids
)
insert into dirty_window (minute, sensor_ids)
select minute, array_agg(distinct sensor_id order by sensor_id)
from gone cross join unnest(sensor_ids) as sensor_id
group by minute;

-- name: coalesce_recalibrations
-- Stretches of a sensor that touch become one.
with many as (
    select sensor_id from recalibration_due group by sensor_id having count(*) > 1 limit 1000
), claimed as (
    select id from recalibration_due where sensor_id in (select sensor_id from many) for update skip locked
), gone as (
    delete from recalibration_due using claimed where recalibration_due.id = claimed.id
    returning recalibration_due.sensor_id, recalibration_due.during
)
insert into recalibration_due (sensor_id, during)
select sensor_id, unnest(range_agg(during)) from gone group by sensor_id;

-- name: expire_ingest_receipts
delete from ingest_receipt where created_at < now() - interval '7 days';

-- name: expire_idempotency_keys
delete from idempotency_key where created_at < now() - interval '48 hours';

-- name: expire_refresh_tokens
-- A while longer than they live, so that one that comes back too late still revokes its family.
delete from refresh_token where expires_at < now() - interval '7 days';

-- name: expire_browser_sessions
delete from browser_session where expires_at < now();

-- name: expire_password_resets
delete from password_reset where expires_at < now();

-- name: expire_logins
-- Those that nothing leads to any more. A day is longer than any request that starts one takes.
delete from login
where created_at < now() - interval '1 day'
    and not exists (select from refresh_token where login_id = login.id)
    and not exists (select from browser_session where login_id = login.id);
