-- What rights are computed from: who calls, a row by its public id, its project, and the caller's role there.
-- All but `sensors` follow a statement of identity, as `caller`; the row's columns are null if there is none.

-- name: project
select
    caller.*,
    project.id,
    project.public_id,
    project.id as project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from caller
left join project on project.public_id = %(public_id)s
left join member on member.project_id = project.id and member.account_id = caller.caller_id;

-- name: sensor
select
    caller.*,
    sensor.id,
    sensor.public_id,
    sensor.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from caller
left join (
    sensor
    join project on project.id = sensor.project_id
) on sensor.public_id = %(public_id)s
left join member on member.project_id = project.id and member.account_id = caller.caller_id;

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
    caller.*,
    experiment.id,
    experiment.public_id,
    experiment.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from caller
left join (
    experiment
    join project on project.id = experiment.project_id
) on experiment.public_id = %(public_id)s
left join member on member.project_id = project.id and member.account_id = caller.caller_id;

-- name: run
select
    caller.*,
    run.id,
    run.public_id,
    run.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from caller
left join (
    run
    join project on project.id = run.project_id
) on run.public_id = %(public_id)s
left join member on member.project_id = project.id and member.account_id = caller.caller_id;

-- name: capture_session
select
    caller.*,
    capture_session.id,
    capture_session.public_id,
    capture_session.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from caller
left join (
    capture_session
    join project on project.id = capture_session.project_id
) on capture_session.public_id = %(public_id)s
left join member on member.project_id = project.id and member.account_id = caller.caller_id;

-- name: profile
select
    caller.*,
    profile.id,
    profile.public_id,
    sensor.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from caller
left join (
    conversion_profile as profile
    join sensor on sensor.id = profile.sensor_id
    join project on project.id = sensor.project_id
) on profile.public_id = %(public_id)s
left join member on member.project_id = project.id and member.account_id = caller.caller_id;

-- name: ingest_token
select
    caller.*,
    token.id,
    token.id as public_id,
    token.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from caller
left join (
    ingest_token as token
    join project on project.id = token.project_id
) on token.id = %(public_id)s
left join member on member.project_id = project.id and member.account_id = caller.caller_id;

-- name: service_account
select
    caller.*,
    service.account_id as id,
    service.account_id as public_id,
    service.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from caller
left join (
    service_account as service
    join project on project.id = service.project_id
) on service.account_id = %(public_id)s
left join member on member.project_id = project.id and member.account_id = caller.caller_id;

-- name: invitation
select
    caller.*,
    invitation.id,
    invitation.id as public_id,
    invitation.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from caller
left join (
    invitation
    join project on project.id = invitation.project_id
) on invitation.id = %(public_id)s
left join member on member.project_id = project.id and member.account_id = caller.caller_id;

-- name: backfill
select
    caller.*,
    backfill.id,
    backfill.public_id,
    backfill.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from caller
left join (
    backfill
    join project on project.id = backfill.project_id
) on backfill.public_id = %(public_id)s
left join member on member.project_id = project.id and member.account_id = caller.caller_id;

-- name: import
select
    caller.*,
    import.id,
    import.public_id,
    import.project_id,
    project.raw_access,
    project.max_age_s,
    member.role
from caller
left join (
    import
    join project on project.id = import.project_id
) on import.public_id = %(public_id)s
left join member on member.project_id = project.id and member.account_id = caller.caller_id;
