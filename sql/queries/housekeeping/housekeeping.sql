-- Jobs of the worker; two at once do no harm.

-- name: coalesce_folds
-- One row per bucket in place of one per change of it. Rows that somebody is working on are left.
with many as (
    select tier_s, bucket
    from fold_due
    where held_until is null
    group by tier_s, bucket
    having count(*) > 1
    limit 1000
), claimed as (
    select id
    from fold_due
    where (tier_s, bucket) in (select tier_s, bucket from many) and held_until is null
    for update skip locked
), gone as (
    delete from fold_due using claimed where fold_due.id = claimed.id
    returning fold_due.tier_s, fold_due.bucket, fold_due.sensor_ids, fold_due.created_at
)
insert into fold_due (tier_s, bucket, sensor_ids, created_at)
select tier_s, bucket, array_agg(distinct sensor_id order by sensor_id), min(created_at)
from gone cross join unnest(sensor_ids) as sensor_id
group by tier_s, bucket;

-- name: coalesce_recalibrations
-- Stretches of a sensor that touch become one.
with many as (
    select sensor_id
    from recalibration_due
    where held_until is null
    group by sensor_id
    having count(*) > 1
    limit 1000
), claimed as (
    select id
    from recalibration_due
    where sensor_id in (select sensor_id from many) and held_until is null
    for update skip locked
), gone as (
    delete from recalibration_due using claimed where recalibration_due.id = claimed.id
    returning recalibration_due.sensor_id, recalibration_due.during
)
insert into recalibration_due (sensor_id, during)
select sensor_id, unnest(range_agg(during)) from gone group by sensor_id;

-- name: expire_ingest_receipts
delete from ingest_receipt where created_at < now() - interval '7 days';

-- name: expire_line_receipts
-- Those of bodies of line protocol: no header holds a newline.
delete from ingest_receipt where position(e'\n' in key) > 0 and created_at < now() - interval '1 hour';

-- name: expire_rejects
-- Some at a time, the oldest first. A block is received at one time.
delete from reject_block where id in (
    select block.id
    from reject_block as block
    join project on project.id = block.project_id
    where block.received_at < now() - make_interval(days => project.rejects_keep_days)
    order by block.received_at
    limit 5000
);

-- name: gather_rejects
-- Those that processes of an earlier release have written.
select move_rejected_readings(50000) as letters where exists (select from rejected_reading);

-- name: expire_idempotency_keys
delete from idempotency_key where created_at < now() - interval '48 hours';

-- name: expire_refresh_tokens
-- A while longer than they live, so that one that comes back too late still revokes its family.
delete from refresh_token where expires_at < now() - interval '7 days';

-- name: expire_browser_sessions
delete from browser_session where expires_at < now();

-- name: expire_password_resets
delete from password_reset where expires_at < now();

-- name: expire_login_codes
delete from login_code where expires_at < now();

-- name: expire_second_steps
-- And set-ups of factors that nobody has proven.
with set_ups as (
    delete from factor where confirmed_at is null and created_at < now() - interval '1 day'
)
delete from second_step where expires_at < now();

-- name: expire_logins
-- Those that nothing leads to any more. A day is longer than any request that starts one takes.
delete from login
where created_at < now() - interval '1 day'
    and not exists (select from refresh_token where login_id = login.id)
    and not exists (select from browser_session where login_id = login.id);

-- name: expire_exports
-- Their files go after them.
delete from export where ended_at < now() - make_interval(days => %(export_keep_days)s);

-- name: expire_import_records
-- Some at a time, of imports that can't be undone any more.
delete from import_stored
where id in (
    select stored.id
    from import
    join import_stored as stored on stored.import_id = import.id
    where import.status in ('finished', 'failed', 'cancelled')
        and import.ended_at < now() - make_interval(days => %(import_undo_days)s)
    limit 2000
);

-- name: expire_events
-- Some at a time, the oldest first: ids rise about as their times do.
-- What a consumer has not read yet stays, for as long again at most: a quarter of an hour more, for transactions are
-- told when they end. So does what a message of a webhook waits to tell: it is sent once more after three days and a
-- pause of hours, and then no more. Up to where they have gone is noted.
with gone as (
    select id, project_id, xid, created_at
    from event
    where id in (select id from event order by id limit 20000)
        and %(event_keep_days)s > 0
        and created_at < now() - make_interval(days => %(event_keep_days)s)
        and (
            created_at < now() - 2 * make_interval(days => %(event_keep_days)s)
            or created_at < (select coalesce(min(told_at), now()) from event_consumer) - interval '15 minutes'
        )
        and not exists (
            select
            from webhook_delivery as delivery
            where delivery.event_id = event.id
                and delivery.status = 'waiting'
                and delivery.created_at > now() - interval '4 days'
        )
), noted as (
    insert into event_pruned as pruned (project_id, xid, until)
    select project_id, max(xid), max(created_at) from gone group by project_id order by project_id
    on conflict (project_id) do update
    set
        -- One that lies ahead was restored from another server's.
        xid = case
            when pruned.xid < pg_snapshot_xmax(pg_current_snapshot()) then greatest(pruned.xid, excluded.xid)
            else excluded.xid
        end,
        until = greatest(pruned.until, excluded.until)
)
delete from event where id in (select id from gone);

-- name: expire_deliveries
-- What became of messages is known for 30 days.
delete from webhook_delivery
where id in (
    select id
    from webhook_delivery
    where created_at < now() - interval '30 days' and status <> 'waiting'
    order by created_at
    limit 20000
);

-- name: finish_runs
-- Those that were to be finished by themselves, and record nothing any more.
with due as (
    select id, started_at, auto_finish_after_s
    from run
    where status = 'running'
        and auto_finish_after_s is not null
        and started_at + auto_finish_after_s * interval '1 second' <= now()
        and not exists (
            select from capture_session as session where session.run_id = run.id and is_active(session.status)
        )
    order by started_at
    limit 500
    for no key update skip locked
), finished as (
    update run
    set status = 'finished', finished_at = clock_timestamp(), version = version + 1, updated_at = now()
    from due
    where run.id = due.id
    returning run.id, run.public_id, run.project_id, run.finished_at, run.auto_finish_after_s
), noted as (
    insert into status_change (kind, subject_id, from_status, to_status, actor, reason)
    select
        'run',
        id,
        'running',
        'finished',
        'barograph',
        'it was to be finished ' || auto_finish_after_s || ' s after its start'
    from finished
)
insert into audit_entry (project_id, actor, action, subject_id, before, after)
select
    project_id,
    'barograph',
    'run.finish',
    public_id,
    '{"status": "running"}',
    jsonb_build_object('status', 'finished', 'finished_at', finished_at)
from finished;

-- name: close_capture_sessions
-- Those that run although nothing is heard of any of their sensors. Readings that are sent later, of times
-- until now, are still theirs.
with silent as (
    select session.id
    from capture_session as session
    where session.status = 'running'
        and %(idle_s)s > 0
        and session.started_at < now() - %(idle_s)s * interval '1 second'
        and not exists (
            select
            from capture_session_sensor as taken
            join sensor_liveness as liveness on liveness.sensor_id = taken.sensor_id
            where taken.capture_session_id = session.id
                and liveness.last_seen_at > now() - %(idle_s)s * interval '1 second'
        )
    order by session.started_at
    limit 500
    for no key update skip locked
), closed as (
    update capture_session as session
    set status = 'failed', stopped_at = clock_timestamp(), version = version + 1, updated_at = now()
    from silent
    where session.id = silent.id
    returning session.id, session.public_id, session.project_id, session.stopped_at
), noted as (
    insert into status_change (kind, subject_id, from_status, to_status, actor, reason)
    select
        'capture_session',
        id,
        'running',
        'failed',
        'barograph',
        'nothing was heard of its sensors for ' || %(idle_s)s::int || ' s'
    from closed
)
insert into audit_entry (project_id, actor, action, subject_id, before, after)
select
    project_id,
    'barograph',
    'capture-session.close',
    public_id,
    '{"status": "running"}',
    jsonb_build_object('status', 'failed', 'stopped_at', stopped_at)
from closed;

-- name: expire_saved
-- With the raw data: what lies before the first chunk that is left. That something was replaced, and when,
-- is known for ever.
update backfill_saved
set columns = '', became = null
where upper(during) <= (
        select min(range_start)
        from timescaledb_information.chunks
        where hypertable_schema = current_schema and hypertable_name in ('reading', 'reading_block')
    )
    and octet_length(columns) > 0;

-- name: raise_live_horizon
-- Before the log of changes is trimmed: up to where it will say nothing any more. A horizon that lies ahead was
-- restored from another server's.
update live_horizon
set xid = greatest(
    case when live_horizon.xid < pg_snapshot_xmax(pg_current_snapshot()) then live_horizon.xid else '0'::xid8 end,
    old.xid
)
from (
    select max(xid) as xid
    from change_log
    where created_at < now() - interval '30 minutes'
) as old
where old.xid is not null;

-- name: trim_change_log
select drop_old_chunk('change_log', null, now() - interval '30 minutes');

-- name: note_connections
-- Sensors that went offline or came back, once each: what the last event said stands beside the sensor. A row that is
-- just being written by ingest, or by another worker, has its turn the next time.
with due as (
    select sensor_id
    from sensor_liveness
    where is_online <> (last_seen_at > now() - interval '1 minute')
    order by sensor_id
    limit 20000
    for no key update skip locked
), changed as (
    update sensor_liveness as liveness
    set is_online = not liveness.is_online
    from due
    where liveness.sensor_id = due.sensor_id
    returning liveness.sensor_id, liveness.is_online, liveness.last_seen_at
)
insert into event (project_id, kind, payload)
select
    sensor.project_id,
    case when changed.is_online then 'sensor.online' else 'sensor.offline' end,
    jsonb_build_object(
        'sensor_id', sensor.public_id,
        'sensor', sensor.key,
        'last_seen_at', to_char(changed.last_seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    )
from changed
join sensor on sensor.id = changed.sensor_id
order by sensor.id;

-- name: note_producers
-- Gateways that came or went, a minute apart at least: one that flaps is told of once a minute at most, and one that
-- is back within 15 s was never away. A row that ingest is just writing has its turn the next time.
with standing as (
    select
        liveness.producer_id,
        liveness.is_connected
        and liveness.epoch = producer.epoch
        and liveness.seen_at > now() - interval '15 seconds' as is_here,
        not liveness.is_connected as has_left,
        liveness.seen_at
    from producer_liveness as liveness
    join producer on producer.id = liveness.producer_id
    where producer.name not like 'import/%%'
), due as (
    select liveness.producer_id, standing.is_here, standing.has_left
    from producer_liveness as liveness
    join standing on standing.producer_id = liveness.producer_id
    where standing.is_here <> liveness.told_connected
        and (standing.is_here or standing.seen_at <= now() - interval '15 seconds')
        and (liveness.told_at is null or liveness.told_at <= now() - interval '1 minute')
    order by liveness.producer_id
    limit 20000
    for no key update of liveness skip locked
), changed as (
    update producer_liveness as liveness
    set told_connected = due.is_here, told_at = now()
    from due
    where liveness.producer_id = due.producer_id
    returning liveness.producer_id, due.is_here, due.has_left, liveness.seen_at
)
insert into event (project_id, kind, payload)
select
    producer.project_id,
    case when changed.is_here then 'producer.connected' else 'producer.lost' end,
    jsonb_build_object(
        'producer_id', producer.public_id,
        'producer', producer.name,
        'agent', producer.agent,
        'seen_at', event_time(changed.seen_at),
        'last_seq', producer.last_seq
    ) || case
        when changed.is_here then '{}'
        else jsonb_build_object('why', case when changed.has_left then 'closed' else 'silent' end)
    end
from changed
join producer on producer.id = changed.producer_id
order by producer.id;

-- name: raise_silences
-- An alarm for each sensor of which nothing live was heard for too long, once: whoever looks at the same time finds the
-- row taken. One that was never heard of is no news.
with silent as (
    select sensor.id, sensor.project_id, liveness.last_seen_at
    from sensor
    join sensor_liveness as liveness on liveness.sensor_id = sensor.id
    where sensor.silent_after_s is not null
        and sensor.status in ('registering', 'active')
        and liveness.last_seen_at <= now() - sensor.silent_after_s * interval '1 second'
        and not exists (
            select from alarm where sensor_id = sensor.id and limit_id is null and cleared_at is null
        )
    order by sensor.id
    limit 20000
    for no key update of liveness skip locked
), raised as (
    insert into alarm (project_id, sensor_id, level, since, raised_at)
    select project_id, id, 'critical', last_seen_at, now() from silent
    on conflict (sensor_id) where cleared_at is null and limit_id is null do nothing
    returning *
)
insert into event (project_id, kind, payload)
select raised.project_id, 'alarm.raised', alarm_news(row(raised.*)::alarm)
from raised
order by raised.id;

-- name: clear_silences
-- Of sensors that were heard of again, or whose silence is of no interest any more.
with cleared as (
    update alarm
    set
        cleared_at = case
            when liveness.last_seen_at > alarm.since then greatest(alarm.raised_at, liveness.last_seen_at)
            else now()
        end,
        end_reason = case when liveness.last_seen_at > alarm.since then null else 'not-watched' end,
        version = alarm.version + 1,
        updated_at = now()
    from sensor
    join sensor_liveness as liveness on liveness.sensor_id = sensor.id
    where alarm.limit_id is null
        and alarm.cleared_at is null
        and sensor.id = alarm.sensor_id
        and (
            liveness.last_seen_at > alarm.since
            or sensor.silent_after_s is null
            or sensor.status not in ('registering', 'active')
            or liveness.last_seen_at > now() - sensor.silent_after_s * interval '1 second'
        )
    returning alarm.*
)
insert into event (project_id, kind, payload)
select cleared.project_id, 'alarm.cleared', alarm_news(row(cleared.*)::alarm)
from cleared
order by cleared.id;
