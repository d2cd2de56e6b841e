-- Log-ins for people who ask in SQL: what is kept of them, beside PostgreSQL's roles. What is done here is done by whoever
-- has the server.

-- name: find_projects
select id, public_id, name from project where public_id::text = any(%(said)s) or name = any(%(said)s);

-- name: find
select shows_raw, expires_at from sql_role where name = %(name)s::name for update;

-- name: is_in_server
select exists (select from pg_roles where rolname = %(name)s) as is_there;

-- name: keep
insert into sql_role (name, shows_raw, expires_at)
values (%(name)s::name, %(shows_raw)s, %(expires_at)s)
on conflict (name) do update set shows_raw = excluded.shows_raw, expires_at = excluded.expires_at;

-- name: forget_projects
delete from sql_role_project where name = %(name)s::name;

-- name: give_projects
insert into sql_role_project (name, project_id) select %(name)s::name, unnest(%(project_ids)s::int[]);

-- name: forget
delete from sql_role where name = %(name)s::name returning name;

-- name: note
-- In the trail of each project that it sees.
insert into audit_entry (project_id, actor, action, after)
select
    project_id,
    'barograph',
    %(action)s,
    jsonb_build_object('name', sql_role.name, 'shows_raw', shows_raw, 'expires_at', expires_at)
from sql_role
join sql_role_project using (name)
where sql_role.name = %(name)s::name;

-- name: list
select
    sql_role.name::text,
    array(
        select project.name
        from sql_role_project
        join project on project.id = sql_role_project.project_id
        where sql_role_project.name = sql_role.name
        order by project.id
    ) as projects,
    shows_raw,
    expires_at,
    created_at,
    pg_roles.rolname is not null as is_there,
    (select count(*) from pg_stat_activity where usename = sql_role.name)::int as connections
from sql_role
left join pg_roles on pg_roles.rolname = sql_role.name
order by sql_role.name;

-- name: end_sessions
select pg_terminate_backend(pid) from pg_stat_activity where usename = %(name)s;

-- name: open_doors
-- What anybody who is let in may do beside reading, and should not.
select
    has_database_privilege('public', current_database(), 'TEMPORARY') as makes_tables,
    has_function_privilege('public', 'pg_catalog.lo_create(oid)', 'EXECUTE') as makes_objects;

-- name: close_objects
-- A superuser's to do. Large objects are no part of Barograph.
revoke execute on function
    pg_catalog.lo_creat(integer),
    pg_catalog.lo_create(oid),
    pg_catalog.lo_from_bytea(oid, bytea),
    pg_catalog.lo_open(oid, integer),
    pg_catalog.lo_put(oid, bigint, bytea)
from public;
