-- Projects.

-- name: create
with created as (
    insert into project (name, description, raw_access, max_age_s)
    values (%(name)s, %(description)s, %(raw_access)s, %(max_age_s)s)
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
select name, description, raw_access, max_age_s, version from project where id = %(id)s for no key update;

-- name: update
update project
set
    name = %(name)s,
    description = %(description)s,
    raw_access = %(raw_access)s,
    max_age_s = %(max_age_s)s,
    version = version + 1,
    updated_at = now()
where id = %(id)s;

-- name: has_readings
-- Bounded by the times the project accepts, as every question to the hypertable is.
select exists (
    select
    from sensor_liveness as liveness
    join sensor on sensor.id = liveness.sensor_id
    where sensor.project_id = %(id)s
) or exists (
    select
    from reading
    where sensor_id = any(array(select id from sensor where project_id = %(id)s))
        and time >= %(from)s
        and time < %(to)s
) as has_readings;

-- name: delete
delete from project where id = %(id)s;
