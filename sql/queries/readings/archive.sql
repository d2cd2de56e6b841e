-- The archive: which readings lie in files (`barograph/archive/`). Class 101 of the two-key advisory locks: 0 keeps the
-- filing to one worker; 1 is held by whoever reads row storage and the table of parts in two snapshots.

-- name: lay_out
-- Where archived readings are laid open for statements that read rows. It belongs to the connection, and is empty at the
-- start of each transaction. A transaction that may only read can't make it, so a connection begins with it, if something
-- is archived by then: to make it and to drop it are transactions that write, and wait for a standby that is lost.
-- Nothing happens where it can't be: on a standby, before its migration, and without the right to temporary tables.
do $$
begin
    if pg_is_in_recovery()
        or to_regclass('public.archive_part') is null
        or not has_database_privilege(current_database(), 'TEMPORARY')
        or to_regclass('pg_temp.archived_reading') is not null
    then
        return;
    end if;
    if not exists (select from archive_part where gone_at is null) then
        return;
    end if;
    create temporary table archived_reading (like public.reading) on commit delete rows;
    create index archived_reading_idx on pg_temp.archived_reading (sensor_id, time);
end
$$;

-- name: wait_for_no_standby
-- For a transaction that makes nothing but what belongs to the connection: while a standby is lost, questions go on.
select set_config('synchronous_commit', 'local', true);

-- name: standing
-- Whether this transaction may have to do with the archive, and how far it has prepared for that.
select
    exists (select from archive_part where gone_at is null) as is_used,
    to_regclass('pg_temp.archived_reading') is not null as is_laid_out,
    pg_is_in_recovery() as is_standby,
    current_setting('transaction_read_only')::boolean as is_read_only,
    -- Of one snapshot, or with filing kept out.
    current_setting('transaction_isolation') <> 'read committed' or exists (
        select from pg_locks
        where locktype = 'advisory' and classid = 101 and objid = 1 and objsubid = 2 and pid = pg_backend_pid()
    ) as sees_one_moment,
    coalesce(current_setting('barograph.laid_open', true), '') as laid_open;

-- name: parts
-- Those that hold readings of these stretches.
select part.file_id, file.name, part.sensor_id, part.readings, part.first_time, part.last_time
from (
    select sensor_id, min(starts_at) as starts_at, max(ends_at) as ends_at
    from unnest(%(sensor_ids)s::int4[], %(from_us)s::int8[], %(to_us)s::int8[]) as asked (sensor_id, from_us, to_us)
    cross join lateral (
        select
            timestamptz 'epoch' + from_us * interval '1 microsecond' as starts_at,
            timestamptz 'epoch' + to_us * interval '1 microsecond' as ends_at
    ) as stretch
    group by sensor_id
) as asked
join archive_part as part
    on part.sensor_id = asked.sensor_id
    and part.gone_at is null
    and part.first_time < asked.ends_at
    and part.last_time >= asked.starts_at
join archive_file as file on file.id = part.file_id
order by part.first_time, part.file_id, part.sensor_id;

-- name: forget_laid_open
with gone as (
    delete from pg_temp.archived_reading
)
select set_config('barograph.laid_open', '', true);

-- name: copy_laid_open
copy pg_temp.archived_reading (time, raw, physical, sensor_id, profile_id, flags) from stdin (format binary);

-- name: note_laid_open
select set_config('barograph.laid_open', %(laid_open)s, true);

-- name: lock_filing
select pg_try_advisory_lock(101, 0) as is_ours;

-- name: keep_filing_out
-- For a transaction in which each statement has a snapshot of its own.
select pg_advisory_xact_lock_shared(101, 1);

-- name: wait_for_readers
select pg_advisory_xact_lock(101, 1);

-- name: due_chunks
-- Chunks that are old enough of projects that file their readings, the oldest first. What holds only columns has no byte
-- of its own: these lie in a table beside it, which the size counts.
select distinct project.id as project_id, chunk.range_start, chunk.range_end
from timescaledb_information.chunks as chunk
join (
    select * from chunks_detailed_size('reading')
    union all
    select * from chunks_detailed_size('reading_block')
) as size using (chunk_schema, chunk_name)
cross join project
where chunk.hypertable_schema = current_schema
    and chunk.hypertable_name in ('reading', 'reading_block')
    and chunk.range_end < now() - coalesce(project.archive_after_days, %(after_days)s::int) * interval '1 day'
    and size.table_bytes > 0
order by chunk.range_start, chunk.range_end, project.id;

-- name: due_sensors
-- Whose readings of a chunk may be filed: nobody is about to rewrite them, nor is anything still to be made of them. What
-- was taken back into rows is left there for a while. Late readings of a filed sensor wait, so that its file is not
-- written anew for each of them.
select sensor.id as sensor_id
from sensor
join project on project.id = sensor.project_id
where sensor.project_id = %(project_id)s
    and sensor.id <> all(%(needed_ids)s::int4[])
    and %(from)s >= coalesce(project.raw_from, '-infinity')
    and exists (select from readings_of(sensor.id, %(from)s, %(to)s) as reading)
    and not exists (
        select from dirty_window
        where minute > %(from)s::timestamptz - interval '1 minute' and minute < %(to)s and sensor.id = any(sensor_ids)
    )
    and not exists (
        select from recalibration_due as due
        where due.sensor_id = sensor.id and due.during && tstzrange(%(from)s, %(to)s)
    )
    and not exists (
        select from backfill_scope as scope
        join backfill on backfill.id = scope.backfill_id
        where scope.sensor_id = sensor.id
            and scope.during && tstzrange(%(from)s, %(to)s)
            and backfill.status in ('planned', 'running', 'paused', 'undoing')
    )
    and not exists (
        select from import
        where import.project_id = sensor.project_id and import.status in ('running', 'paused', 'undoing')
    )
    and not exists (
        select from excursion_due as due
        where due.sensor_id = sensor.id
            and due.to_us >= extract(epoch from %(from)s::timestamptz) * 1000000
            and due.from_us < extract(epoch from %(to)s::timestamptz) * 1000000
    )
    -- The latest readings of a sensor stay rows, however old they are: lists show them.
    and not exists (
        select
        from sensor_liveness as liveness
        where liveness.sensor_id = sensor.id
            and coalesce(liveness.latest_at - interval '1 minute', liveness.last_seen_at - interval '1 day') < %(to)s
            and coalesce(liveness.latest_at, liveness.last_seen_at + interval '10 minutes') >= %(from)s
    )
    and not exists (
        select
        from archive_part as part
        join archive_file as file on file.id = part.file_id
        where part.sensor_id = sensor.id
            and file.range_start < %(to)s
            and file.range_end > %(from)s
            and greatest(part.gone_at, file.created_at) > now() - %(rest_s)s * interval '1 second'
    )
order by sensor.id;

-- name: described_sensors
select
    sensor.id as sensor_id,
    sensor.public_id::text,
    sensor.key,
    sensor.input_unit,
    sensor.output_unit,
    project.public_id::text as project
from sensor
join project on project.id = sensor.project_id
where sensor.id = any(%(sensor_ids)s::int4[])
order by sensor.id;

-- name: described_profiles
select id as profile_id, public_id::text, number, kind, payload
from conversion_profile
where sensor_id = any(%(sensor_ids)s::int4[])
order by id;

-- name: rows
-- A page of what the database holds of a sensor from a time on, as arrays; as `export.pages`.
select
    array_agg(time) as t_us,
    array_agg(raw) as raw,
    array_agg(coalesce(physical, 'NaN')) as physical,
    coalesce(min(profile_id), -1) as least_profile,
    case
        when max(profile_id) > min(profile_id) or count(profile_id) < count(*)
            then array_agg(coalesce(profile_id, -1))
    end as profile_id,
    case when bool_or(flags <> 0) then array_agg(coalesce(flags, 0::int2)) end as flags
from (
    select time, raw, physical, profile_id, flags
    from oldest_readings(%(sensor_id)s::int4, %(from)s, %(to)s, %(rows)s, false) as reading
    order by time
    fetch first %(rows)s rows with ties
) as page;

-- name: projects_with_parts
select distinct file.project_id
from archive_part as part
join archive_file as file on file.id = part.file_id
where part.gone_at is null and file.project_id is not null
order by file.project_id;

-- name: queue_needer
-- Where rows of it lie: what is filed was converted when the auxiliary was at hand, or not needed.
insert into recalibration_due (sensor_id, during)
select %(sensor_id)s, tstzrange(%(from)s, %(to)s, '[]')
where exists (
    select
    from readings_of(%(sensor_id)s::int4, %(from)s, %(to)s::timestamptz + interval '1 microsecond') as reading
);

-- name: add_file
insert into archive_file (project_id, name, range_start, range_end, readings, size_bytes, sha256)
values (%(project_id)s, %(name)s, %(from)s, %(to)s, %(readings)s, %(size_bytes)s, %(sha256)s)
returning id;

-- name: add_parts
insert into archive_part (file_id, sensor_id, first_time, last_time, readings)
select
    %(file_id)s,
    sensor_id,
    timestamptz 'epoch' + first_us * interval '1 microsecond',
    timestamptz 'epoch' + last_us * interval '1 microsecond',
    readings
from unnest(%(sensor_ids)s::int4[], %(first_us)s::int8[], %(last_us)s::int8[], %(readings)s::int8[])
    as part (sensor_id, first_us, last_us, readings);

-- name: take_rows
-- In the snapshot in which they were read. `block.delete` takes those in blocks.
delete from reading
where sensor_id = any(%(sensor_ids)s::int4[]) and time >= %(from)s and time < %(to)s;

-- name: parts_within
-- Of sensors in a stretch of time, locked: the first file that has any.
select part.file_id, file.name, file.project_id, part.sensor_id, part.first_time, part.last_time, part.readings
from archive_part as part
join archive_file as file on file.id = part.file_id
where part.sensor_id = any(%(sensor_ids)s::int4[])
    and part.gone_at is null
    and part.first_time < %(to)s
    and part.last_time >= %(from)s
order by part.file_id, part.sensor_id
for update of part;

-- name: parts_of_file
-- Of these sensors, locked.
select part.file_id, file.name, file.project_id, part.sensor_id, part.first_time, part.last_time, part.readings
from archive_part as part
join archive_file as file on file.id = part.file_id
where part.file_id = %(file_id)s and part.sensor_id = any(%(sensor_ids)s::int4[]) and part.gone_at is null
order by part.sensor_id
for update of part;

-- name: parts_of_held
-- Parts that meet what is held after it has failed. An excursion lies within a day, and may reach through all of it.
select distinct part.file_id, part.sensor_id
from archive_part as part
cross join lateral (
    select
    from excursion_due as due
    where due.held_until is not null
        and due.sensor_id = part.sensor_id
        and timestamptz 'epoch' + due.from_us * interval '1 microsecond' < date_bin('1 day', part.last_time, timestamptz 'epoch') + interval '1 day'
        and timestamptz 'epoch' + due.to_us * interval '1 microsecond' >= date_bin('1 day', part.first_time, timestamptz 'epoch')
    union all
    select
    from dirty_window
    where held_until is not null
        and minute > part.first_time - interval '1 minute'
        and minute <= part.last_time
        and part.sensor_id = any(sensor_ids)
) as held
where part.gone_at is null
order by part.file_id, part.sensor_id;

-- name: release_part
update archive_part set gone_at = now() where file_id = %(file_id)s and sensor_id = %(sensor_id)s and gone_at is null;

-- name: sensors_of_project
select id, key from sensor where project_id = %(project_id)s order by id;

-- name: find_project
select id from project where public_id::text = %(project)s or name = %(project)s;

-- name: expire
-- Readings that their project keeps no longer, once nothing is to be made of them.
update archive_part as part
set gone_at = now()
from sensor
join project on project.id = sensor.project_id
where part.sensor_id = sensor.id
    and part.gone_at is null
    and part.last_time < project.raw_from
    and not exists (
        select from dirty_window
        where minute > part.first_time - interval '1 minute'
            and minute <= part.last_time
            and sensor.id = any(sensor_ids)
    );

-- name: forget_parts
delete from archive_part where gone_at < now() - %(keep_days)s * interval '1 day';

-- name: unused_files
select id, name from archive_file where not exists (select from archive_part where file_id = archive_file.id) order by id;

-- name: forget_file
delete from archive_file
where id = %(id)s and not exists (select from archive_part where file_id = archive_file.id);

-- name: known_files
select name from archive_file;

-- name: emptied_chunks
-- That take room, and whose files are older than any snapshot that still sees their rows.
select distinct chunk.range_start, chunk.range_end
from timescaledb_information.chunks as chunk
join (
    select * from chunks_detailed_size('reading')
    union all
    select * from chunks_detailed_size('reading_block')
) as size using (chunk_schema, chunk_name)
join archive_file as file on file.range_start = chunk.range_start and file.range_end = chunk.range_end
where chunk.hypertable_schema = current_schema
    and chunk.hypertable_name in ('reading', 'reading_block')
    and size.table_bytes > 0
    and not exists (
        select from archive_file as younger
        where younger.range_start = chunk.range_start and younger.created_at > now() - %(rest_s)s * interval '1 second'
    )
order by chunk.range_start;

-- name: empty_chunk
select empty_chunk(%(range_start)s, %(range_end)s) as is_emptied;

-- name: files
-- With what is left of each that lies in it alone.
select
    file.id,
    file.name,
    project.name as project,
    file.range_start,
    file.range_end,
    file.readings,
    file.size_bytes,
    file.sha256,
    file.created_at,
    file.verified_at,
    file.fault,
    count(part.sensor_id)::int as sensors,
    coalesce(sum(part.readings), 0)::int8 as held
from archive_file as file
left join project on project.id = file.project_id
left join archive_part as part on part.file_id = file.id and part.gone_at is null
where %(project_id)s::int is null or file.project_id = %(project_id)s
group by file.id, project.name
order by file.range_start, file.id;

-- name: note_verified
update archive_file set verified_at = now(), fault = %(fault)s where id = %(id)s;

-- name: totals
select
    count(*) as files,
    coalesce(sum(size_bytes), 0)::int8 as size_bytes,
    count(fault) as faulty,
    (select coalesce(sum(readings), 0)::int8 from archive_part where gone_at is null) as readings
from archive_file;
