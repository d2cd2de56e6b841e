-- What rights are computed from. `of_caller` tells it for `caller`, who is found by a statement of identity, and
-- for the rows `asked`, which are found by one of the other statements here. The API sends the three as one
-- (decision 190).

-- name: of_caller
-- The columns of `asked` and of its project are null if there is no such row; `role` is null for strangers.
select
    caller.*,
    asked.*,
    project.raw_access,
    project.max_age_s,
    project.raw_from,
    member.role
from caller
left join asked on true
left join project on project.id = asked.project_id
left join member on member.project_id = project.id and member.account_id = caller.caller_id;

-- name: project
select id, public_id, id as project_id from project where public_id = %(public_id)s;

-- name: nothing
-- Where a request names nothing that has a project.
select null::int as id, %(public_id)s::uuid as public_id, null::int as project_id where false;

-- name: sensor
select id, public_id, project_id from sensor where public_id = %(public_id)s;

-- name: sensors
select id, public_id, project_id, key, input_unit, output_unit
from sensor
where public_id = any(%(public_ids)s);

-- name: experiment
select id, public_id, project_id from experiment where public_id = %(public_id)s;

-- name: run
select id, public_id, project_id from run where public_id = %(public_id)s;

-- name: capture_session
select id, public_id, project_id from capture_session where public_id = %(public_id)s;

-- name: profile
select profile.id, profile.public_id, sensor.project_id
from conversion_profile as profile
join sensor on sensor.id = profile.sensor_id
where profile.public_id = %(public_id)s;

-- name: ingest_token
select id, id as public_id, project_id from ingest_token where id = %(public_id)s;

-- name: service_account
select account_id as id, account_id as public_id, project_id
from service_account
where account_id = %(public_id)s;

-- name: invitation
select id, id as public_id, project_id from invitation where id = %(public_id)s;

-- name: backfill
select id, public_id, project_id from backfill where public_id = %(public_id)s;

-- name: export
select id, public_id, project_id from export where public_id = %(public_id)s;

-- name: artifact
select id, public_id, project_id from artifact where public_id = %(public_id)s;

-- name: import
select id, public_id, project_id from import where public_id = %(public_id)s;

-- name: producer
-- Those of imports are not shown as producers.
select id, public_id, project_id
from producer
where public_id = %(public_id)s and name not like 'import/%%';

-- name: annotation
select id, public_id, project_id from annotation where public_id = %(public_id)s;

-- name: saved_view
-- Whose it is, the routes look at: one that is not shared is nobody else's.
select id, public_id, project_id from saved_view where public_id = %(public_id)s;

-- name: saved_comparison
select id, public_id, project_id from saved_comparison where public_id = %(public_id)s;

-- name: measure
select id, public_id, project_id from measure where public_id = %(public_id)s;

-- name: limit
select sensor_limit.id, sensor_limit.public_id, sensor.project_id
from sensor_limit
join sensor on sensor.id = sensor_limit.sensor_id
where sensor_limit.public_id = %(public_id)s and sensor_limit.deleted_at is null;

-- name: alarm
select id, public_id, project_id from alarm where public_id = %(public_id)s;

-- name: webhook
select id, public_id, project_id from webhook where public_id = %(public_id)s;

-- name: delivery
select delivery.id, delivery.public_id, webhook.project_id
from webhook_delivery as delivery
join webhook on webhook.id = delivery.webhook_id
where delivery.public_id = %(public_id)s;
