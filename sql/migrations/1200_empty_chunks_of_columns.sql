-- A chunk is empty once neither rows nor columns are left in it: of a chunk of columns, `only` sees nothing but the rows
-- beside them.

create or replace function empty_chunk(from_time timestamptz, to_time timestamptz)
returns boolean language plpgsql security definer set search_path = public, pg_temp as $$
declare
    chunk regclass;
    has_columns boolean;
    holds boolean;
begin
    -- Only then does a statement see what was committed before it got the lock.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise invalid_transaction_state using message = 'a chunk is emptied in READ COMMITTED alone';
    end if;
    select format('%I.%I', chunk_schema, chunk_name)::regclass, is_compressed
    into chunk, has_columns
    from timescaledb_information.chunks
    where hypertable_schema = 'public' and hypertable_name = 'reading'
        and range_start = from_time and range_end = to_time;
    if chunk is null or pg_relation_size(chunk) = 0 and not has_columns then
        return false;
    end if;
    execute format('lock table %s in access exclusive mode', chunk);
    execute format('select exists (select from %s)', chunk) into holds;
    if holds then
        return false;
    end if;
    select is_compressed
    into has_columns
    from timescaledb_information.chunks
    where hypertable_schema = 'public' and hypertable_name = 'reading'
        and range_start = from_time and range_end = to_time;
    -- Of a chunk of columns TRUNCATE empties these alone. Without them it is a chunk of rows.
    if has_columns then
        perform decompress_chunk(chunk);
    end if;
    execute format('truncate only %s', chunk);
    return true;
end
$$;
