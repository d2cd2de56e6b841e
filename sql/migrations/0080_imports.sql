-- Files of readings from the past, and how far each has been read. What was read is stored under the
-- producer `import/<public_id>`, whose sequence counts pieces, so none is stored twice.

create table import (
    id int generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    file_name text not null,
    size_bytes bigint not null check (size_bytes > 0),
    received_bytes bigint not null default 0 check (received_bytes between 0 and size_bytes),
    -- As the sender says, checked before the first piece is stored.
    sha256 bytea check (length(sha256) = 32),
    status text not null default 'uploading'
        check (status in ('uploading', 'ready', 'running', 'paused', 'finished', 'failed', 'cancelled')),
    failure text not null default '',
    -- How the file is read, and slope and offset by sensor where its unit is converted; set at the start.
    how jsonb,
    factors jsonb not null default '{}',
    -- Rows read at once; the same from start to end, for pieces are cut from them.
    batch_rows int not null default 50000 check (batch_rows > 0),
    -- Rows and, of the rows after these, pieces that are stored.
    rows_total bigint,
    rows_done bigint not null default 0,
    pieces_done int not null default 0,
    accepted bigint not null default 0,
    empty bigint not null default 0,
    rejected jsonb not null default '{}',
    unreadable jsonb not null default '{}',
    unreadable_rows jsonb not null default '[]',
    -- Workers that took it up since a piece was last stored; a file that kills them is given up.
    attempts int not null default 0,
    created_by uuid references account,
    started_at timestamptz,
    ended_at timestamptz,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index import_project_id_idx on import (project_id, id);
create index import_status_idx on import (id) where status in ('uploading', 'ready', 'running', 'paused');
