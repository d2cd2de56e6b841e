-- Who sees what in `barograph_public`: by `session_user`, which no `set role` and no function of the owner's changes.

create or replace view visible_project as
select
    project.id,
    project.public_id,
    project.name,
    project.description,
    project.raw_from,
    project.rollup_from,
    project.created_at,
    project.updated_at,
    sql_role.shows_raw or project.raw_access = 'members' as shows_raw
from sql_role
join sql_role_project using (name)
join project on project.id = sql_role_project.project_id
where sql_role.name = session_user and (sql_role.expires_at is null or sql_role.expires_at > now());
