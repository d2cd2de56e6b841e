-- The roles of programs, and what is known of their rights.

-- name: roles
select rolname from pg_roles where rolname = any(%(names)s);

-- name: remark
select shobj_description(oid, 'pg_authid') from pg_roles where rolname = %(role)s;

-- name: recorded
-- Of the roles whose rights are as they were when their file was applied, the file's checksum.
select role.rolname, ledger.checksum
from pg_roles as role
join view_ledger as ledger on ledger.name = role.rolname
where ledger.definition_checksum = (
    select md5(coalesce(string_agg(concat_ws(' ', relname, privilege_type), ',' order by relname, privilege_type), ''))
    from pg_class cross join lateral aclexplode(relacl) as held
    where relnamespace = 'public'::regnamespace and held.grantee = role.oid
);

-- name: record
insert into view_ledger (name, checksum, definition_checksum)
select
    %(role)s,
    %(checksum)s,
    (
        select md5(
            coalesce(string_agg(concat_ws(' ', relname, privilege_type), ',' order by relname, privilege_type), '')
        )
        from pg_class cross join lateral aclexplode(relacl) as held
        where relnamespace = 'public'::regnamespace and held.grantee = to_regrole(%(role)s)
    )
on conflict (name) do update
set
    checksum = excluded.checksum,
    definition_checksum = excluded.definition_checksum,
    made_at = now();
