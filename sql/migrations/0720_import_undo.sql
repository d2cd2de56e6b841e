-- An import can be undone whole. What it has stored is kept beside it for a while, packed: a row for each piece,
-- written in the piece's transaction and deleted in the one that takes its readings out again.

alter table import
    drop constraint import_status_check,
    add constraint import_status_check check (
        status in (
            'uploading', 'ready', 'running', 'paused', 'finished', 'failed', 'cancelled', 'undoing', 'undone'
        )
    ),
    -- Readings that the undo has taken out.
    add column removed bigint not null default 0,
    add column undone_at timestamptz,
    -- An undo that meets an error waits until then; `failure` says which.
    add column undo_held_until timestamptz;

create table import_stored (
    id bigint generated always as identity primary key,
    import_id int not null references import on delete cascade,
    readings int not null check (readings > 0),
    -- From the first to the last of them.
    during tstzrange not null,
    -- Sensor, time and raw value of each (`backfill/imports/record.py`).
    columns bytea compression lz4 not null
);
create index import_stored_import_id_idx on import_stored (import_id, id);
create index import_undoing_idx on import (id) where status = 'undoing';
