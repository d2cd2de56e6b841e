-- What rights are computed from: a row by its public id, its project, and the caller's role there.

-- name: project
select
    project.id,
    project.public_id,
    project.id as project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from project
left join member on member.project_id = project.id and member.account_id = %(account_id)s
where project.public_id = %(public_id)s;

-- name: sensor
select
    sensor.id,
    sensor.public_id,
    sensor.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from sensor
join project on project.id = sensor.project_id
left join member on member.project_id = project.id and member.account_id = %(account_id)s
where sensor.public_id = %(public_id)s;

-- name: sensors
select
    sensor.id,
    sensor.public_id,
    sensor.input_unit,
    sensor.output_unit,
    sensor.project_id,
    project.raw_access,
    project.max_age_s,
    project.raw_from,
    member.role
from sensor
join project on project.id = sensor.project_id
left join member on member.project_id = project.id and member.account_id = %(account_id)s
where sensor.public_id = any(%(public_ids)s);

-- name: experiment
select
    experiment.id,
    experiment.public_id,
    experiment.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from experiment
join project on project.id = experiment.project_id
left join member on member.project_id = project.id and member.account_id = %(account_id)s
where experiment.public_id = %(public_id)s;

-- name: run
select
    run.id,
    run.public_id,
    run.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from run
join project on project.id = run.project_id
left join member on member.project_id = project.id and member.account_id = %(account_id)s
where run.public_id = %(public_id)s;

-- name: capture_session
select
    capture_session.id,
    capture_session.public_id,
    capture_session.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from capture_session
join project on project.id = capture_session.project_id
left join member on member.project_id = project.id and member.account_id = %(account_id)s
where capture_session.public_id = %(public_id)s;

-- name: profile
select
    profile.id,
    profile.public_id,
    sensor.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from conversion_profile as profile
join sensor on sensor.id = profile.sensor_id
join project on project.id = sensor.project_id
left join member on member.project_id = project.id and member.account_id = %(account_id)s
where profile.public_id = %(public_id)s;

-- name: ingest_token
select
    token.id,
    token.id as public_id,
    token.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from ingest_token as token
join project on project.id = token.project_id
left join member on member.project_id = project.id and member.account_id = %(account_id)s
where token.id = %(public_id)s;

-- name: service_account
select
    service.account_id as id,
    service.account_id as public_id,
    service.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from service_account as service
join project on project.id = service.project_id
left join member on member.project_id = project.id and member.account_id = %(account_id)s
where service.account_id = %(public_id)s;

-- name: invitation
select
    invitation.id,
    invitation.id as public_id,
    invitation.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from invitation
join project on project.id = invitation.project_id
left join member on member.project_id = project.id and member.account_id = %(account_id)s
where invitation.id = %(public_id)s;

-- name: backfill
select
    backfill.id,
    backfill.public_id,
    backfill.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from backfill
join project on project.id = backfill.project_id
left join member on member.project_id = project.id and member.account_id = %(account_id)s
where backfill.public_id = %(public_id)s;

-- name: import
select
    import.id,
    import.public_id,
    import.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from import
join project on project.id = import.project_id
left join member on member.project_id = project.id and member.account_id = %(account_id)s
where import.public_id = %(public_id)s;
