-- Up to when all that was committed is with the backups, as whoever keeps them says; no row where nobody ever has.
create table backup_reach (
    is_only boolean primary key default true check (is_only),
    place text not null,
    reached_at timestamptz not null
);
comment on table backup_reach is 'Up to when what was committed is with the backups; one row at most';
