-- The shapes of measures and their values, as in `items.sql`.

create or replace view measure_item as
select
    measure.id as position,
    measure.project_id as in_project,
    measure.sensor_id as of_sensor,
    measure.public_id as id,
    project.public_id as project_id,
    measure.name,
    sensor.key as sensor,
    measure.stat,
    measure.layer,
    measure.over,
    case
        when measure.when_sensor_id is not null then jsonb_strip_nulls(
            jsonb_build_object(
                'sensor', condition.key, 'above', measure.when_above, 'below', measure.when_below
            )
        )
    end as when,
    case
        when measure.stat = 'count' then ''
        when measure.stat = 'duration' then 's'
        when measure.layer = 'raw' then sensor.input_unit
        else sensor.output_unit
    end as unit,
    measure.created_by,
    measure.version,
    measure.created_at,
    measure.updated_at
from measure
join project on project.id = measure.project_id
join sensor on sensor.id = measure.sensor_id
left join sensor as condition on condition.id = measure.when_sensor_id;

-- A value is stale from the commit of what changes it, until it has been computed in a snapshot that holds the change.
create or replace view measure_value_item as
select
    found.id as position,
    found.run_id as in_run,
    found.measure_id as in_measure,
    found.capture_session_id as in_session,
    found.profile_ids,
    definition.id as measure_id,
    definition.name,
    definition.sensor,
    definition.stat,
    definition.layer,
    definition.over,
    definition.when,
    definition.unit,
    session.public_id as capture_session_id,
    session.ordinal,
    found.value,
    found.readings,
    found.problem,
    found.computed_at,
    (
        found.computed_at is null
        or found.definition <> measure.definition
        or exists (select from measure_due where value_id = found.id)
        or exists (select from measure_due where run_id = found.run_id)
        or exists (select from measure_due where measure_id = found.measure_id)
        or exists (
            select
            from measure_reach as reach
            join dirty_window as dirty
                on dirty.minute > lower(reach.during) - interval '1 minute'
                and dirty.minute < upper(reach.during)
                and dirty.sensor_ids @> array[reach.sensor_id]
            where reach.value_id = found.id
        )
    ) as is_stale,
    coalesce(project.raw_from > lower(found.stretches), false) as is_kept
from measure_value as found
join measure on measure.id = found.measure_id
join measure_item as definition on definition.position = found.measure_id
join project on project.id = measure.project_id
left join capture_session as session on session.id = found.capture_session_id;
