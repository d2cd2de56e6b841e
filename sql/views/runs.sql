-- The shapes of experiments, runs and capture sessions, as in `items.sql`, which comes first.
-- Experiments and runs have what they are joined with, always: a left join is left out where facets name nothing of it.

create or replace view experiment_item as
select
    experiment.id as position,
    experiment.project_id as in_project,
    experiment.public_id as id,
    project.public_id as project_id,
    experiment.name,
    experiment.description,
    experiment.tags,
    experiment.metadata,
    experiment.status,
    experiment.started_at,
    experiment.finished_at,
    extract(epoch from experiment.finished_at - experiment.started_at)::float8 as duration_s,
    experiment.created_by,
    experiment.version,
    experiment.created_at,
    experiment.updated_at
from experiment
left join project on project.id = experiment.project_id;

create or replace view run_item as
select
    run.id as position,
    run.project_id as in_project,
    run.experiment_id as in_experiment,
    run.sensor_ids,
    run.public_id as id,
    project.public_id as project_id,
    experiment.public_id as experiment_id,
    run.name,
    run.params,
    run.git_sha,
    run.env,
    run.tags,
    run.notes,
    run.metadata,
    run.auto_finish_after_s,
    run.status,
    run.started_at,
    run.finished_at,
    extract(epoch from run.finished_at - run.started_at)::float8 as duration_s,
    run.created_by,
    run.version,
    run.created_at,
    run.updated_at
from run
left join project on project.id = run.project_id
left join experiment on experiment.id = run.experiment_id;

create or replace view capture_session_item as
select
    session.id as position,
    session.run_id as in_run,
    session.public_id as id,
    project.public_id as project_id,
    run.public_id as run_id,
    session.ordinal,
    session.notes,
    session.metadata,
    session.status,
    session.started_at,
    session.stopped_at,
    extract(epoch from session.stopped_at - session.started_at)::float8 as duration_s,
    session.created_by,
    session.version,
    session.created_at,
    session.updated_at
from capture_session as session
join project on project.id = session.project_id
join run on run.id = session.run_id;

-- What is said of the binding comes first, so that a sensor may get more columns.
create or replace view run_sensor_item as
select binding.run_id as in_run, binding.bound_at, binding.bound_by, sensor.*
from run_sensor as binding
join sensor_item as sensor on sensor.position = binding.sensor_id;
