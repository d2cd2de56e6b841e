-- Projects and what they hold, for people.

create or replace view barograph_public.projects with (security_barrier) as
select
    project.public_id as project_id,
    project.name,
    project.description,
    project.shows_raw,
    project.raw_from,
    project.rollup_from,
    project.created_at,
    project.updated_at
from visible_project as project;
comment on view barograph_public.projects is 'Projects that this log-in sees.';
comment on column barograph_public.projects.project_id is 'Id of the project';
comment on column barograph_public.projects.name is 'Its name';
comment on column barograph_public.projects.description is 'What it is about';
comment on column barograph_public.projects.shows_raw is 'Whether this log-in sees raw values';
comment on column barograph_public.projects.raw_from is 'Readings before this have been deleted, or are about to be; null: none';
comment on column barograph_public.projects.rollup_from is 'The same of roll-ups';
comment on column barograph_public.projects.created_at is 'When it was made';
comment on column barograph_public.projects.updated_at is 'When it was last changed';
grant select on barograph_public.projects to public;

create or replace view barograph_public.sensors with (security_barrier) as
select
    sensor.public_id as sensor_id,
    sensor.key as sensor_key,
    project.public_id as project_id,
    sensor.name,
    sensor.kind,
    sensor.input_unit as raw_unit,
    sensor.output_unit as unit,
    sensor.tags,
    sensor.status,
    liveness.last_seen_at,
    sensor.created_at,
    sensor.updated_at
from visible_project as project
join sensor on sensor.project_id = project.id
left join sensor_liveness as liveness on liveness.sensor_id = sensor.id;
comment on view barograph_public.sensors is 'Sensors of these projects.';
comment on column barograph_public.sensors.sensor_id is 'Id of the sensor';
comment on column barograph_public.sensors.sensor_key is 'Key of the sensor, unique in its project';
comment on column barograph_public.sensors.project_id is 'Id of the project';
comment on column barograph_public.sensors.name is 'What people call it';
comment on column barograph_public.sensors.kind is 'What it is, such as pressure';
comment on column barograph_public.sensors.raw_unit is 'Unit of raw values';
comment on column barograph_public.sensors.unit is 'Unit of physical values';
comment on column barograph_public.sensors.tags is 'Tags';
comment on column barograph_public.sensors.status is 'registering, active, inactive or decommissioned';
comment on column barograph_public.sensors.last_seen_at is 'When the server last received something of it';
comment on column barograph_public.sensors.created_at is 'When it was made';
comment on column barograph_public.sensors.updated_at is 'When it was last changed';
grant select on barograph_public.sensors to public;

create or replace view barograph_public.experiments with (security_barrier) as
select
    experiment.public_id as experiment_id,
    project.public_id as project_id,
    experiment.name,
    experiment.description,
    experiment.status,
    experiment.tags,
    experiment.metadata,
    experiment.started_at,
    experiment.finished_at,
    extract(epoch from experiment.finished_at - experiment.started_at)::float8 as duration_s,
    experiment.created_at,
    experiment.updated_at
from visible_project as project
join experiment on experiment.project_id = project.id;
comment on view barograph_public.experiments is 'Experiments.';
comment on column barograph_public.experiments.experiment_id is 'Id of the experiment';
comment on column barograph_public.experiments.project_id is 'Id of the project';
comment on column barograph_public.experiments.name is 'Its name, unique in the project';
comment on column barograph_public.experiments.description is 'What it is about';
comment on column barograph_public.experiments.status is 'draft, running, finished, failed or archived';
comment on column barograph_public.experiments.tags is 'Tags';
comment on column barograph_public.experiments.metadata is 'Whatever people keep with it, as JSON';
comment on column barograph_public.experiments.started_at is 'When it started; null: not yet';
comment on column barograph_public.experiments.finished_at is 'When it ended; null: not yet';
comment on column barograph_public.experiments.duration_s is 'Seconds from start to end';
comment on column barograph_public.experiments.created_at is 'When it was made';
comment on column barograph_public.experiments.updated_at is 'When it was last changed';
grant select on barograph_public.experiments to public;

create or replace view barograph_public.runs with (security_barrier) as
select
    run.public_id as run_id,
    experiment.public_id as experiment_id,
    project.public_id as project_id,
    run.name,
    run.status,
    run.params,
    run.tags,
    run.git_sha,
    run.env,
    run.notes,
    run.metadata,
    run.started_at,
    run.finished_at,
    extract(epoch from run.finished_at - run.started_at)::float8 as duration_s,
    run.created_at,
    run.updated_at
from visible_project as project
join run on run.project_id = project.id
join experiment on experiment.id = run.experiment_id;
comment on view barograph_public.runs is 'Runs of experiments.';
comment on column barograph_public.runs.run_id is 'Id of the run';
comment on column barograph_public.runs.experiment_id is 'Id of its experiment';
comment on column barograph_public.runs.project_id is 'Id of the project';
comment on column barograph_public.runs.name is 'Its name';
comment on column barograph_public.runs.status is 'draft, running, finished, failed or archived';
comment on column barograph_public.runs.params is 'What it was run with, as JSON';
comment on column barograph_public.runs.tags is 'Tags';
comment on column barograph_public.runs.git_sha is 'The commit of the code that ran it';
comment on column barograph_public.runs.env is 'Its environment, as JSON';
comment on column barograph_public.runs.notes is 'Notes';
comment on column barograph_public.runs.metadata is 'Whatever people keep with it, as JSON';
comment on column barograph_public.runs.started_at is 'When it started; null: not yet';
comment on column barograph_public.runs.finished_at is 'When it ended; null: not yet';
comment on column barograph_public.runs.duration_s is 'Seconds from start to end';
comment on column barograph_public.runs.created_at is 'When it was made';
comment on column barograph_public.runs.updated_at is 'When it was last changed';
grant select on barograph_public.runs to public;

create or replace view barograph_public.capture_sessions with (security_barrier) as
select
    session.public_id as capture_session_id,
    run.public_id as run_id,
    project.public_id as project_id,
    session.ordinal,
    session.status,
    session.notes,
    session.metadata,
    session.started_at,
    session.stopped_at,
    extract(epoch from session.stopped_at - session.started_at)::float8 as duration_s,
    array(
        select sensor.public_id
        from capture_session_sensor as taken
        join sensor on sensor.id = taken.sensor_id
        where taken.capture_session_id = session.id
        order by sensor.id
    ) as sensor_ids,
    session.created_at,
    session.updated_at
from visible_project as project
join capture_session as session on session.project_id = project.id
join run on run.id = session.run_id;
comment on view barograph_public.capture_sessions is 'Capture sessions of runs: the times in which readings belong to them.';
comment on column barograph_public.capture_sessions.capture_session_id is 'Id of the capture session';
comment on column barograph_public.capture_sessions.run_id is 'Id of its run';
comment on column barograph_public.capture_sessions.project_id is 'Id of the project';
comment on column barograph_public.capture_sessions.ordinal is 'Its number in the run, from 1';
comment on column barograph_public.capture_sessions.status is 'draft, running, succeeded, failed, backfilling or archived';
comment on column barograph_public.capture_sessions.notes is 'Notes';
comment on column barograph_public.capture_sessions.metadata is 'Whatever people keep with it, as JSON';
comment on column barograph_public.capture_sessions.started_at is 'When it started; null: not yet';
comment on column barograph_public.capture_sessions.stopped_at is 'When it stopped; null: not yet';
comment on column barograph_public.capture_sessions.duration_s is 'Seconds from start to stop';
comment on column barograph_public.capture_sessions.sensor_ids is 'Ids of its sensors';
comment on column barograph_public.capture_sessions.created_at is 'When it was made';
comment on column barograph_public.capture_sessions.updated_at is 'When it was last changed';
grant select on barograph_public.capture_sessions to public;

create or replace view barograph_public.run_metrics with (security_barrier) as
select
    run.public_id as run_id,
    project.public_id as project_id,
    metric.name,
    point.step,
    point.value,
    point.time
from visible_project as project
join run on run.project_id = project.id
join run_metric as metric on metric.run_id = run.id
join metric_point as point on point.metric_id = metric.id;
comment on view barograph_public.run_metrics is 'Numbers that were logged of runs, a row for each step.';
comment on column barograph_public.run_metrics.run_id is 'Id of the run';
comment on column barograph_public.run_metrics.project_id is 'Id of the project';
comment on column barograph_public.run_metrics.name is 'Name of the metric';
comment on column barograph_public.run_metrics.step is 'Its step';
comment on column barograph_public.run_metrics.value is 'The number';
comment on column barograph_public.run_metrics.time is 'When it was measured';
grant select on barograph_public.run_metrics to public;

create or replace view barograph_public.annotations with (security_barrier) as
select
    annotation.public_id as annotation_id,
    project.public_id as project_id,
    run.public_id as run_id,
    annotation.from_time,
    annotation.to_time,
    annotation.text,
    annotation.tags,
    array(
        select sensor.public_id from sensor where sensor.id = any(annotation.sensor_ids) order by sensor.id
    ) as sensor_ids,
    annotation.created_at,
    annotation.updated_at
from visible_project as project
join annotation on annotation.project_id = project.id
left join run on run.id = annotation.run_id;
comment on view barograph_public.annotations is 'What people note of times.';
comment on column barograph_public.annotations.annotation_id is 'Id of the annotation';
comment on column barograph_public.annotations.project_id is 'Id of the project';
comment on column barograph_public.annotations.run_id is 'Id of the run that it speaks of; null: of none';
comment on column barograph_public.annotations.from_time is 'Its time, or where this begins';
comment on column barograph_public.annotations.to_time is 'Where it ends; null: it is a moment';
comment on column barograph_public.annotations.text is 'What it says';
comment on column barograph_public.annotations.tags is 'Tags';
comment on column barograph_public.annotations.sensor_ids is 'Ids of the sensors that it speaks of; empty: of all';
comment on column barograph_public.annotations.created_at is 'When it was made';
comment on column barograph_public.annotations.updated_at is 'When it was last changed';
grant select on barograph_public.annotations to public;

create or replace view barograph_public.run_measures with (security_barrier) as
select
    run.public_id as run_id,
    held.capture_session_id,
    project.public_id as project_id,
    held.name,
    held.sensor as sensor_key,
    held.stat,
    held.layer,
    held.unit,
    case when held.layer = 'physical' or project.shows_raw then held.value end as value,
    held.readings,
    held.problem,
    held.is_stale,
    held.computed_at
from visible_project as project
join run on run.project_id = project.id
join measure_value_item as held on held.in_run = run.id;
comment on view barograph_public.run_measures is 'Values of measures: numbers made of readings of a run, or of one of its capture sessions, and made again when these change.';
comment on column barograph_public.run_measures.run_id is 'Id of the run';
comment on column barograph_public.run_measures.capture_session_id is 'Id of the capture session; null: it is over the run';
comment on column barograph_public.run_measures.project_id is 'Id of the project';
comment on column barograph_public.run_measures.name is 'Name of the measure';
comment on column barograph_public.run_measures.sensor_key is 'Key of the sensor that it measures';
comment on column barograph_public.run_measures.stat is 'What of its values';
comment on column barograph_public.run_measures.layer is 'physical or raw';
comment on column barograph_public.run_measures.unit is 'Unit of the value';
comment on column barograph_public.run_measures.value is 'The number; null: there is none, or it is of raw values that the project hides';
comment on column barograph_public.run_measures.readings is 'How many readings it is made of';
comment on column barograph_public.run_measures.problem is 'Why there is none';
comment on column barograph_public.run_measures.is_stale is 'Whether it is about to be computed again, because what it rests on has changed';
comment on column barograph_public.run_measures.computed_at is 'When it was computed';
grant select on barograph_public.run_measures to public;

create or replace view barograph_public.artifacts with (security_barrier) as
select
    artifact.public_id as artifact_id,
    run.public_id as run_id,
    project.public_id as project_id,
    artifact.name,
    artifact.kind,
    artifact.content_type,
    artifact.metadata,
    artifact.url,
    artifact.size_bytes,
    encode(artifact.sha256, 'hex') as sha256,
    artifact.status,
    artifact.completed_at,
    artifact.created_at,
    artifact.updated_at
from visible_project as project
join artifact on artifact.project_id = project.id
join run on run.id = artifact.run_id
where not artifact.is_restricted;
comment on view barograph_public.artifacts is 'Files of runs, and links to others, without those that are restricted. Their bytes come by the API.';
comment on column barograph_public.artifacts.artifact_id is 'Id of the artifact';
comment on column barograph_public.artifacts.run_id is 'Id of the run';
comment on column barograph_public.artifacts.project_id is 'Id of the project';
comment on column barograph_public.artifacts.name is 'Its name';
comment on column barograph_public.artifacts.kind is 'What it is, such as report';
comment on column barograph_public.artifacts.content_type is 'Its media type';
comment on column barograph_public.artifacts.metadata is 'Whatever people keep with it, as JSON';
comment on column barograph_public.artifacts.url is 'Where it is, if it is stored elsewhere';
comment on column barograph_public.artifacts.size_bytes is 'Its size';
comment on column barograph_public.artifacts.sha256 is 'SHA-256 of its bytes';
comment on column barograph_public.artifacts.status is 'uploading, ready, approved, rejected or damaged';
comment on column barograph_public.artifacts.completed_at is 'When all of it was here';
comment on column barograph_public.artifacts.created_at is 'When it was made';
comment on column barograph_public.artifacts.updated_at is 'When it was last changed';
grant select on barograph_public.artifacts to public;
