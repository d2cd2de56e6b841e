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
        -- With its schema, since PostgreSQL has functions of such names of its own.
        pg_get_functiondef(
            to_regproc(case when name like '%.%' then name else quote_ident(current_schema()) || '.' || name end)
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
            pg_get_functiondef(
                to_regproc(
                    case
                        when %(name)s like '%%.%%' then %(name)s
                        else quote_ident(current_schema()) || '.' || %(name)s
                    end
                )
            )
        )
    )
on conflict (name) do update
set
    checksum = excluded.checksum,
    definition_checksum = excluded.definition_checksum,
    made_at = now();

-- name: begin_blocks
update reading_storage set has_blocks = true where not has_blocks;
