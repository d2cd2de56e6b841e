-- name: lock
select pg_advisory_lock(hashtext('barograph.migrate'));

-- name: create_ledger
create table if not exists migration (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
);

-- name: applied
select name, checksum from migration;

-- name: set_timeouts
-- Whoever waits for an exclusive lock makes all others wait behind it, so none is waited for long.
select set_config('lock_timeout', '1s', true), set_config('statement_timeout', '10min', true);

-- name: record
insert into migration (name, checksum) values (%s, %s);

-- name: views
-- What is as it was made.
select name, checksum
from view_ledger
where definition_checksum = md5(
    coalesce(
        pg_get_viewdef(to_regclass(name)),
        (
            select pg_get_functiondef(oid)
            from pg_proc
            where proname = view_ledger.name and pronamespace = current_schema()::regnamespace
        )
    )
);

-- name: record_view
insert into view_ledger (name, checksum, definition_checksum)
select
    %(name)s,
    %(checksum)s,
    md5(
        coalesce(
            pg_get_viewdef(to_regclass(%(name)s)),
            (
                select pg_get_functiondef(oid)
                from pg_proc
                where proname = %(name)s and pronamespace = current_schema()::regnamespace
            )
        )
    )
on conflict (name) do update
set
    checksum = excluded.checksum,
    definition_checksum = excluded.definition_checksum,
    made_at = now();
