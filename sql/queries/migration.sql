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
select set_config('lock_timeout', '10s', true), set_config('statement_timeout', '10min', true);

-- name: record
insert into migration (name, checksum) values (%s, %s);
