-- The embedded cluster's own database and owner, made by the superuser. The owner may make the roles of programs, back up, see
-- who is connected, end a session, and load tables without triggers; no file and no program of the machine is in its reach.

-- name: find_owner
select from pg_roles where rolname = 'barograph';

-- name: grant_owner
grant pg_monitor, pg_signal_backend, pg_checkpoint to barograph;

-- name: let_owner_load
grant set on parameter session_replication_role to barograph;

-- name: find_database
select from pg_database where datname = 'barograph';

-- name: create_database
create database barograph owner barograph;

-- name: takes_objects
-- Whether anybody may make large objects, which fill the disk.
select has_function_privilege('public', 'pg_catalog.lo_create(oid)', 'EXECUTE');
