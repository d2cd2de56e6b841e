-- Projects.

-- name: create
with created as (
    insert into project (
        name, description, raw_access, max_age_s, raw_keep_days, rollup_keep_days, archive_after_days,
        rejects_keep_days, sensor_key_template, register_sensors_up_to, artifact_quota_bytes
    )
    values (
        %(name)s, %(description)s, %(raw_access)s, %(max_age_s)s, %(raw_keep_days)s, %(rollup_keep_days)s,
        %(archive_after_days)s, %(rejects_keep_days)s, %(sensor_key_template)s, %(register_sensors_up_to)s,
        %(artifact_quota_bytes)s
    )
    returning id
)
insert into member (project_id, account_id, role)
select id, %(account_id)s, 'owner' from created
returning project_id as id;

-- name: item
select
    project.public_id as id,
    project.name,
    project.description,
    project.raw_access,
    project.max_age_s,
    project.raw_keep_days,
    project.rollup_keep_days,
    project.archive_after_days,
    project.rejects_keep_days,
    project.sensor_key_template,
    project.register_sensors_up_to,
    project.artifact_quota_bytes,
    project.raw_from,
    project.rollup_from,
    project.version,
    project.created_at,
    project.updated_at
from project
where project.id = %(id)s;

-- name: list
select
    project.id as position,
    project.public_id as id,
    project.name,
    project.description,
    project.raw_access,
    project.max_age_s,
    project.raw_keep_days,
    project.rollup_keep_days,
    project.archive_after_days,
    project.rejects_keep_days,
    project.sensor_key_template,
    project.register_sensors_up_to,
    project.artifact_quota_bytes,
    project.raw_from,
    project.rollup_from,
    case when %(is_admin)s then 'owner' else member.role end as role,
    project.version,
    project.created_at,
    project.updated_at
from project
left join member on member.project_id = project.id and member.account_id = %(account_id)s
where (member.role is not null or %(is_admin)s) and project.id < %(before)s
order by project.id desc
limit %(fetch)s;

-- name: lock
select
    name,
    description,
    raw_access,
    max_age_s,
    raw_keep_days,
    rollup_keep_days,
    archive_after_days,
    rejects_keep_days,
    sensor_key_template,
    register_sensors_up_to,
    artifact_quota_bytes,
    version
from project
where id = %(id)s
for no key update;

-- name: update
update project
set
    name = %(name)s,
    description = %(description)s,
    raw_access = %(raw_access)s,
    max_age_s = %(max_age_s)s,
    raw_keep_days = %(raw_keep_days)s,
    rollup_keep_days = %(rollup_keep_days)s,
    archive_after_days = %(archive_after_days)s,
    rejects_keep_days = %(rejects_keep_days)s,
    sensor_key_template = %(sensor_key_template)s,
    register_sensors_up_to = %(register_sensors_up_to)s,
    artifact_quota_bytes = %(artifact_quota_bytes)s,
    version = version + 1,
    updated_at = now()
where id = %(id)s;

-- name: has_readings
-- Whatever is stored is in a roll-up, or in a dirty window on its way there: two small questions, where the
-- readings themselves could lie in any chunk.
select exists (
    select from rollup where sensor_id = any(array(select id from sensor where project_id = %(id)s))
) or exists (
    select
    from dirty_window
    where sensor_ids && array(select id from sensor where project_id = %(id)s)
) as has_readings;

-- name: usage
-- Readings by the coarsest roll-ups that are sure to be there: days until the day before yesterday, then hours, and
-- minutes of the last few hours.
with own as (
    select array(select sensor.id from sensor where sensor.project_id = project.id) as sensor_ids, raw_from
    from project
    where project.id = %(id)s
), edge as (
    select
        date_trunc('day', now(), 'UTC') - interval '1 day' as days_until,
        date_trunc('hour', now(), 'UTC') - interval '2 hours' as hours_until
), file as (
    select size_bytes
    from import
    where project_id = %(id)s and (
        status in ('ready', 'running', 'paused')
        or (status in ('uploading', 'failed') and updated_at > now() - interval '7 days')
    )
), kept as (
    select size_bytes
    from artifact
    where project_id = %(id)s and url is null and status <> 'damaged'
), archived as (
    -- Of each file what lies in it alone.
    select
        file.size_bytes,
        sum(part.readings) as readings,
        min(part.first_time) as first_time,
        max(part.last_time) as last_time
    from archive_file as file
    join archive_part as part on part.file_id = file.id and part.gone_at is null
    where file.project_id = %(id)s
    group by file.id
)
select
    (
        select jsonb_build_object(
            'files', count(*),
            'readings', coalesce(sum(readings), 0),
            'size_bytes', coalesce(sum(size_bytes), 0),
            'from', min(first_time),
            'to', max(last_time)
        )
        from archived
    ) as archive,
    cardinality(own.sensor_ids)::int8 as sensors,
    (select count(*) from member where project_id = %(id)s) as members,
    (select count(*) from valid_ingest_token where project_id = %(id)s) as ingest_tokens,
    (
        select coalesce(sum(raw_count), 0)::int8
        from rollup
        where sensor_id = any(own.sensor_ids) and bucket >= coalesce(own.raw_from, '-infinity') and (
            (tier_s = 86400 and bucket < edge.days_until)
            or (tier_s = 3600 and bucket >= edge.days_until and bucket < edge.hours_until)
            or (tier_s = 60 and bucket >= edge.hours_until)
        )
    ) as readings,
    (
        select count(*)
        from producer
        join producer_liveness as liveness on liveness.producer_id = producer.id
        where producer.project_id = %(id)s
            and liveness.is_connected
            and liveness.epoch = producer.epoch
            and liveness.seen_at > now() - interval '15 seconds'
    ) as sockets,
    (select count(*) from file) as import_files,
    (select coalesce(sum(size_bytes), 0)::int8 from file) as import_bytes,
    (select count(*) from kept) as artifact_files,
    (select coalesce(sum(size_bytes), 0)::int8 from kept) as artifact_bytes,
    (select artifact_quota_bytes from project where id = %(id)s) as artifact_quota_bytes
from own, edge;

-- name: delete
delete from project where id = %(id)s;
