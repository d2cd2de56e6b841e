-- The shapes the API shows. `position` is the place in lists, newest highest; `in_project` and
-- `in_sensor` are what lists are narrowed by.

create or replace view sensor_item as
select
    sensor.id as position,
    sensor.project_id as in_project,
    sensor.public_id as id,
    -- No join, which would stand between a list's limit and its order.
    (select project.public_id from project where project.id = sensor.project_id) as project_id,
    sensor.key,
    sensor.name,
    sensor.kind,
    sensor.input_unit,
    sensor.output_unit,
    sensor.tags,
    sensor.status,
    liveness.last_seen_at,
    case
        when liveness.last_seen_at > now() - interval '10 seconds' then 'online'
        when liveness.last_seen_at > now() - interval '1 minute' then 'delayed'
        else 'offline'
    end as connection,
    sensor.version,
    sensor.created_at,
    sensor.updated_at,
    sensor.silent_after_s
from sensor
left join sensor_liveness as liveness on liveness.sensor_id = sensor.id;

create or replace view profile_item as
select
    profile.id as position,
    profile.sensor_id as in_sensor,
    profile.public_id as id,
    sensor.public_id as sensor_id,
    profile.number,
    profile.kind,
    profile.payload,
    profile.content_hash,
    profile.note,
    profile.created_by,
    profile.deprecated_at,
    validity.pieces as validity,
    profile.version,
    profile.created_at,
    profile.updated_at
from conversion_profile as profile
join sensor on sensor.id = profile.sensor_id
cross join lateral (
    -- Pieces that touch are shown as one.
    select coalesce(
        jsonb_agg(
            jsonb_build_object(
                'valid_from', nullif(lower(piece), '-infinity'),
                'valid_to', nullif(upper(piece), 'infinity')
            )
            order by piece
        ),
        '[]'
    ) as pieces
    from unnest((
        select range_agg(piece.during) from profile_validity as piece where piece.profile_id = profile.id
    )) as piece
) as validity;

create or replace view ingest_token_item as
select
    token.number as position,
    token.project_id as in_project,
    token.id,
    project.public_id as project_id,
    token.name,
    case
        when token.sensors is not null then array(
            select sensor.public_id from sensor where sensor.id = any(token.sensors) order by sensor.id
        )
    end as sensors,
    token.producers,
    token.expires_at,
    token.revoked_at,
    token.created_by,
    token.version,
    token.created_at,
    token.updated_at,
    token.may_resume,
    exists (select from valid_ingest_token as valid where valid.id = token.id) as is_valid
from ingest_token as token
join project on project.id = token.project_id;

create or replace view export_item as
select
    export.id as position,
    export.project_id as in_project,
    export.public_id as id,
    project.public_id as project_id,
    export.status,
    export.failure,
    export.question,
    export.shows_raw,
    export.rows_total,
    export.rows_done,
    export.size_bytes,
    encode(export.sha256, 'hex') as sha256,
    export.created_by,
    export.started_at,
    export.ended_at,
    export.version,
    export.created_at,
    export.updated_at
from export
join project on project.id = export.project_id;

create or replace view import_item as
select
    import.id as position,
    import.project_id as in_project,
    import.public_id as id,
    project.public_id as project_id,
    import.file_name,
    import.size_bytes,
    import.received_bytes,
    encode(import.sha256, 'hex') as sha256,
    import.status,
    import.failure,
    import.how,
    import.rows_total,
    import.rows_done,
    import.accepted,
    import.empty,
    import.rejected,
    import.unreadable,
    import.unreadable_rows,
    'import/' || import.public_id as producer,
    import.created_by,
    import.started_at,
    import.ended_at,
    import.version,
    import.created_at,
    import.updated_at,
    import.removed,
    import.undone_at
from import
join project on project.id = import.project_id;

create or replace view producer_item as
select
    producer.id as position,
    producer.project_id as in_project,
    producer.public_id as id,
    project.public_id as project_id,
    producer.name,
    coalesce(liveness.is_here, false) as connected,
    producer.bound_at,
    producer.last_seq,
    producer.epoch,
    producer.last_commit_at,
    case when producer.last_commit_at is not null then liveness.delay_s end as delay_s,
    case when liveness.is_here then liveness.rate_hz else 0 end as rate_hz,
    producer.sensor_count as sensors,
    producer.token_id,
    producer.agent,
    producer.created_at,
    gap.items as gaps
from producer
join project on project.id = producer.project_id
left join lateral (
    -- A process that died says nothing any more.
    select
        liveness.delay_s,
        liveness.rate_hz,
        liveness.is_connected
        and liveness.epoch = producer.epoch
        and liveness.seen_at > now() - interval '15 seconds' as is_here
    from producer_liveness as liveness
    where liveness.producer_id = producer.id
) as liveness on true
cross join lateral (
    select coalesce(
        jsonb_agg(
            jsonb_build_object(
                'first_seq', newest.first_seq,
                'last_seq', newest.last_seq,
                'last_commit_at', newest.last_commit_at,
                'resumed_at', newest.resumed_at,
                'token_id', newest.token_id,
                'was_refused', newest.was_refused
            )
            order by newest.id desc
        ),
        '[]'
    ) as items
    from (
        select * from producer_gap as gap where gap.producer_id = producer.id order by gap.id desc limit 100
    ) as newest
) as gap
where producer.name not like 'import/%';

create or replace view limit_item as
select
    sensor_limit.id as position,
    sensor_limit.sensor_id as in_sensor,
    sensor_limit.deleted_at,
    sensor_limit.public_id as id,
    sensor.public_id as sensor_id,
    sensor_limit.level,
    sensor_limit.min,
    sensor_limit.max,
    sensor_limit.hysteresis,
    sensor_limit.delay_s,
    nullif(lower(sensor_limit.during), '-infinity') as valid_from,
    nullif(upper(sensor_limit.during), 'infinity') as valid_to,
    sensor_limit.created_by,
    sensor_limit.version,
    sensor_limit.created_at,
    sensor_limit.updated_at
from sensor_limit
join sensor on sensor.id = sensor_limit.sensor_id;

create or replace view alarm_item as
select
    alarm.id as position,
    alarm.project_id as in_project,
    alarm.sensor_id as in_sensor,
    alarm.public_id as id,
    sensor.public_id as sensor_id,
    sensor.key as sensor,
    case when alarm.limit_id is null then 'silence' else 'limit' end as kind,
    broken.public_id as limit_id,
    alarm.level,
    broken.min,
    broken.max,
    alarm.since,
    alarm.raised_at,
    alarm.value,
    alarm.cleared_at,
    alarm.cleared_value,
    alarm.end_reason,
    alarm.cleared_at is null as active,
    alarm.acknowledged_at,
    alarm.acknowledged_by,
    alarm.comment,
    alarm.version,
    alarm.created_at,
    alarm.updated_at
from alarm
join sensor on sensor.id = alarm.sensor_id
left join sensor_limit as broken on broken.id = alarm.limit_id;

create or replace view excursion_item as
select
    excursion.id as position,
    excursion.project_id as in_project,
    excursion.sensor_id as in_sensor,
    excursion.public_id as id,
    sensor.public_id as sensor_id,
    sensor.key as sensor,
    broken.public_id as limit_id,
    broken.level,
    broken.min,
    broken.max,
    excursion.from_us,
    excursion.to_us,
    timestamptz 'epoch' + excursion.from_us * interval '1 microsecond' as "from",
    timestamptz 'epoch' + excursion.to_us * interval '1 microsecond' as "to",
    excursion.extreme,
    timestamptz 'epoch' + excursion.extreme_us * interval '1 microsecond' as extreme_at,
    excursion.readings,
    excursion.created_at
from excursion
join sensor on sensor.id = excursion.sensor_id
join sensor_limit as broken on broken.id = excursion.limit_id;
