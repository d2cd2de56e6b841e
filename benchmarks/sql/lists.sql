-- What the benchmark of lists needs beside the project of the benchmark of the API.

-- name: without_triggers
-- A trigger would queue each entry to be sealed.
select set_config('session_replication_role', 'replica', true);

-- name: profiles
-- Two versions for each sensor: one for the first half of the runs' time, one from then on.
with added as (
    insert into conversion_profile (sensor_id, number, kind, payload, content_hash)
    select sensor.id, number, (array['linear', 'polynomial'])[number], '{}', ''
    from sensor
    join project on project.id = sensor.project_id
    cross join generate_series(1, 2) as number
    where project.public_id = %(project)s
    returning id, sensor_id, number
)
insert into profile_validity (sensor_id, profile_id, during)
select
    sensor_id,
    id,
    case number
        when 1 then tstzrange(null, now() - interval '50 days')
        else tstzrange(now() - interval '50 days', null)
    end
from added;

-- name: measures
-- Two over runs; nine of ten runs that have ended have a value of each, between 0 and 100.
with added as (
    insert into measure (project_id, name, sensor_id, stat, layer, over)
    select project.id, name, (select min(id) from sensor where project_id = project.id), 'max', 'physical', 'run'
    from project cross join unnest('{peak,low}'::text[]) as name
    where project.public_id = %(project)s
    returning id, project_id
)
insert into measure_value (measure_id, run_id, stretches, definition, computed_at, value)
select added.id, run.id, '{}', 1, now(), run.id::bigint * 7919 * added.id %% 100000 / 1000.0
from added
join run on run.project_id = added.project_id
where run.finished_at is not null and run.id %% 10 <> 3;

-- name: audit_entries
-- A quarter of the changes are those of sensors, by the twenty callers in turn.
insert into audit_entry (at, project_id, actor_id, actor, role, action, subject_id, before, after, request_id)
select
    now() - (%(entries)s - number) * interval '7 seconds',
    project.id,
    people.ids[number %% array_length(people.ids, 1) + 1],
    format('caller-%%s@example.org', number %% 20 + 1),
    'editor',
    (array['run.change', 'sensor.change', 'capture.start', 'capture.stop'])[number %% 4 + 1],
    gen_random_uuid(),
    '{"tags": ["rig-1"], "status": "running"}',
    '{"tags": ["rig-1", "hot"], "status": "finished"}',
    md5(number::text)
from generate_series(1, %(entries)s) as number
cross join project
cross join (
    select array_agg(account.id order by account.id) as ids
    from account
    where email like 'caller-%%'
) as people
where project.public_id = %(project)s
order by number;

-- name: settle
vacuum (analyze);

-- name: examples
-- What filters ask for.
select
    project.id,
    sensor.public_id as sensor,
    profile.public_id as profile,
    (select public_id from experiment where project_id = project.id order by id limit 1) as experiment,
    (select account_id from member where project_id = project.id order by account_id limit 1) as actor,
    to_char(now() - interval '40 days', 'YYYY-MM-DD"T00:00:00Z"') as month_from,
    to_char(now() - interval '10 days', 'YYYY-MM-DD"T00:00:00Z"') as month_to,
    to_char(now() - interval '70 days', 'YYYY-MM-DD"T00:00:00Z"') as day_from,
    to_char(now() - interval '69 days', 'YYYY-MM-DD"T00:00:00Z"') as day_to
from project
join sensor on sensor.project_id = project.id
join conversion_profile as profile on profile.sensor_id = sensor.id and profile.number = 2
where project.public_id = %(project)s
order by sensor.id
offset 77
limit 1;
