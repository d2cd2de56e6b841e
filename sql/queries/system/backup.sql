-- Backups: what is asked of the server that is backed up, what is noted of backups, and what is checked of a restored
-- one. Class 76 of the two-key advisory locks keeps one backup of a database at a time.

-- name: server
select
    (select system_identifier::text from pg_control_system()) as system_id,
    ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int as timeline,
    current_setting('server_version') as version,
    current_database() as database,
    (select rolname from pg_roles where oid = 10) as superuser,
    (select setting::int8 from pg_settings where name = 'wal_segment_size') as wal_segment_bytes,
    (select rolreplication or rolsuper from pg_roles where rolname = current_user) as may_replicate;

-- name: claim
select pg_try_advisory_lock(76, 0) as is_ours;

-- name: hold_wal
-- Until the connection ends, the server keeps the WAL that the backup needs.
select pg_create_physical_replication_slot(%(slot)s, true, true);

-- name: stream_slot
select active, coalesce(wal_status, '') as wal_status from pg_replication_slots where slot_name = %(slot)s;

-- name: make_slot
select pg_create_physical_replication_slot(%(slot)s, true);

-- name: drop_slot
select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = %(slot)s and not active;

-- name: drop_left_slot
-- On a server that follows another: nobody backs it up.
select pg_drop_replication_slot(slot_name) from pg_replication_slots
where slot_name = %(slot)s and not active and pg_is_in_recovery();

-- name: now
select clock_timestamp() as now;

-- name: known
-- Numbers that never fall, but by a restore.
select
    (select coalesce(max(id), 0) from audit_entry) as audit_entry,
    (select last_value from project_id_seq) as project,
    (select last_value from sensor_id_seq) as sensor,
    (select last_value from producer_id_seq) as producer;

-- name: note
-- What this database remembers of its backups, for metrics and `doctor`; the place itself is the truth.
insert into backup_record (id, place, started_at, finished_at, size_bytes, verified_at, faults)
values (%(id)s, %(place)s, %(started_at)s, %(finished_at)s, %(size_bytes)s, %(verified_at)s, %(faults)s)
on conflict (id) do update
set place = excluded.place, verified_at = excluded.verified_at, faults = excluded.faults;

-- name: do_not_wait
-- For a standby to confirm what is only a note.
select set_config('synchronous_commit', 'local', false);

-- name: stream_position
-- How far the server has written, and whether whoever streams WAL has received what was written at an earlier look.
select
    clock_timestamp() as now,
    pg_current_wal_lsn()::text as written,
    coalesce(
        (
            select receiver.write_lsn >= %(written)s::pg_lsn
            from pg_replication_slots as slot
            join pg_stat_replication as receiver on receiver.pid = slot.active_pid
            where slot.slot_name = %(slot)s
        ),
        false
    ) as has_come;

-- name: note_reach
insert into backup_reach (place, reached_at) values (%(place)s, %(reached_at)s)
on conflict (is_only) do update set place = excluded.place, reached_at = excluded.reached_at;

-- name: forget
delete from backup_record where place = %(place)s and id <> all (%(ids)s::text[]);

-- name: knowledge
select exists (select from backup_record) as knows_any;

-- name: forget_all
-- And up to when WAL had come.
with reach as (
    delete from backup_reach
)
delete from backup_record;

-- name: state
-- The newest good one, and how far the stream of WAL is behind.
select
    newest.*,
    extract(epoch from clock_timestamp() - newest.finished_at)::float8 as age_s,
    extract(epoch from clock_timestamp() - newest.verified_at)::float8 as verified_age_s,
    extract(epoch from clock_timestamp() - reach.reached_at)::float8 as wal_age_s,
    stream.active as is_streaming,
    stream.wal_status,
    case when pg_is_in_recovery() then null else pg_wal_lsn_diff(pg_current_wal_lsn(), stream.restart_lsn)::int8 end as behind_bytes,
    (select count(*) from backup_record) as backups,
    (select count(*) from backup_record where faults <> '{}') as faulty,
    (select place from backup_record order by finished_at desc limit 1) as last_place
from (select) as one
left join lateral (
    select id, finished_at, size_bytes, verified_at
    from backup_record
    where faults = '{}'
    order by finished_at desc
    limit 1
) as newest on true
left join backup_reach as reach on true
left join pg_replication_slots as stream on stream.slot_name = 'barograph_backup';

-- name: counts
select
    (select count(*) from any_reading)
        + (select coalesce(sum(readings), 0)::int8 from archive_part where gone_at is null) as readings,
    (select count(*) from sensor) as sensors,
    (select count(*) from producer) as producers,
    (select count(*) from run) as runs,
    (select count(*) from project) as projects;

-- name: differing_rollups
-- Of some minutes of the newest seven days, one of each %(one_in)s, whose readings are all there and that no dirty window
-- covers: how many roll-ups are not what their readings give.
with asked as materialized (
    select rollup.sensor_id, rollup.bucket, rollup.raw_count, rollup.raw_min, rollup.raw_max
    from rollup
    join sensor on sensor.id = rollup.sensor_id
    join project on project.id = sensor.project_id
    where rollup.tier_s = 60
      and rollup.bucket >= %(from_time)s
      and (project.raw_keep_days is null or rollup.bucket > now() - (project.raw_keep_days - 2) * interval '1 day')
      and abs(hashint8(extract(epoch from rollup.bucket)::int8 + rollup.sensor_id * 7919)::int8) %% %(one_in)s = 0
      and not exists (select from dirty_window where dirty_window.minute = rollup.bucket)
      and not exists (
          select from archive_part as part
          where part.sensor_id = rollup.sensor_id
              and part.gone_at is null
              and part.first_time < rollup.bucket + interval '1 minute'
              and part.last_time >= rollup.bucket
      )
    limit %(max_rows)s
)
select
    count(*) as compared,
    count(*) filter (where (asked.raw_count, asked.raw_min, asked.raw_max) is distinct from (found.n, found.low, found.high)) as differing
from asked
cross join lateral (
    select count(*) as n, min(raw) as low, max(raw) as high
    from readings_of(asked.sensor_id, asked.bucket, asked.bucket + interval '1 minute') as reading
) as found;

-- name: rollup_reach
-- The newest minute that is rolled up, and how many minutes of sensors the week before it has.
select max(bucket) as newest, count(*) as minutes
from rollup
where tier_s = 60 and bucket > (select max(bucket) from rollup where tier_s = 60) - interval '7 days';

-- name: restored_to
-- Of the last transaction that recovery applied; null if there was none after the base backup.
select pg_is_in_recovery() as is_in_recovery, pg_last_xact_replay_timestamp() as time;

-- name: superuser_of
select rolname from pg_roles where oid = 10;
