-- What the database remembers of its backups, for metrics and `doctor`. The place where they lie is the truth.
create table backup_record (
    id text primary key,
    place text not null,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    size_bytes bigint not null check (size_bytes >= 0),
    verified_at timestamptz,
    -- What a verification found wrong; empty: nothing is known.
    faults text[] not null default '{}'
);
create index backup_record_finished_at_idx on backup_record (finished_at);
