-- Projects.

-- name: create
with created as (
    insert into project (
        name, description, raw_access, max_age_s, raw_keep_days, rollup_keep_days, rejects_keep_days
    )
    values (
        %(name)s, %(description)s, %(raw_access)s, %(max_age_s)s, %(raw_keep_days)s, %(rollup_keep_days)s,
        %(rejects_keep_days)s
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
    project.rejects_keep_days,
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
    project.rejects_keep_days,
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
select name, description, raw_access, max_age_s, raw_keep_days, rollup_keep_days, rejects_keep_days, version
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
    rejects_keep_days = %(rejects_keep_days)s,
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

-- name: delete
delete from project where id = %(id)s;
