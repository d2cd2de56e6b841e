-- The archive: readings that lie in files of Parquet instead of rows of `reading` (`barograph/archive/`).

alter table project
    -- Days after which readings leave row storage. Null: as the setting says.
    add column archive_after_days int check (archive_after_days between 1 and 36525);

create table archive_file (
    id bigint generated always as identity primary key,
    -- Null once the project is gone: the file goes too.
    project_id int references project on delete set null,
    -- Below the archive's folder, or prefix of its bucket.
    name text not null unique,
    -- What it may hold readings of: a chunk of row storage.
    range_start timestamptz not null,
    range_end timestamptz not null,
    readings bigint not null check (readings > 0),
    size_bytes bigint not null,
    sha256 text not null,
    created_at timestamptz not null default now(),
    -- When `verify` has read all of it, and what was wrong.
    verified_at timestamptz,
    fault text
);
create index archive_file_project_id_idx on archive_file (project_id, range_start);

-- Which sensor's readings lie in a file. As long as a part holds, they are nowhere else.
create table archive_part (
    file_id bigint not null references archive_file,
    sensor_id int not null references sensor on delete cascade,
    first_time timestamptz not null,
    last_time timestamptz not null,
    readings bigint not null check (readings > 0),
    -- Since when the readings are rows again, or are kept no longer; null: they lie in the file.
    gone_at timestamptz,
    primary key (file_id, sensor_id)
);
create index archive_part_sensor_id_idx on archive_part (sensor_id, first_time) where gone_at is null;
create index archive_part_gone_at_idx on archive_part (gone_at) where gone_at is not null;

-- An empty chunk gives its room back at once: VACUUM would keep the index. It stays as a chunk, for replaced values are
-- kept as long as there is one.
create function empty_chunk(from_time timestamptz, to_time timestamptz)
returns boolean language plpgsql security definer set search_path = public, pg_temp as $$
declare
    chunk regclass;
    holds boolean;
begin
    -- Only then does a statement see what was committed before it got the lock.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise invalid_transaction_state using message = 'a chunk is emptied in READ COMMITTED alone';
    end if;
    select format('%I.%I', chunk_schema, chunk_name)::regclass
    into chunk
    from timescaledb_information.chunks
    where hypertable_schema = 'public' and hypertable_name = 'reading'
        and range_start = from_time and range_end = to_time;
    if chunk is null or pg_relation_size(chunk) = 0 then
        return false;
    end if;
    execute format('lock table %s in access exclusive mode', chunk);
    execute format('select exists (select from only %s)', chunk) into holds;
    if holds then
        return false;
    end if;
    execute format('truncate only %s', chunk);
    return true;
end
$$;
revoke all on function empty_chunk from public;
