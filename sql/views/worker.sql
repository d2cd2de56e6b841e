-- What only the owner of tables may do, and the worker may have done: each looks first, and does one thing.

-- A day's readings go together, rows and blocks.
create or replace function drop_old_chunk(of_table text, from_time timestamptz, to_time timestamptz)
returns setof text language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if of_table not in ('reading', 'rollup', 'rollup_fine', 'change_log') then
        raise insufficient_privilege using message = 'only chunks of readings, roll-ups and the log of changes';
    end if;
    return query
        select drop_chunks(
            format('public.%I', name)::regclass, older_than => to_time, newer_than => from_time
        )
        from unnest(case of_table when 'reading' then array['reading', 'reading_block'] else array[of_table] end) as name;
end
$$;

-- Every entry is older than its seal. The anchor is named by a new entry, which the chain will hold.
create or replace function prune_audit(keep_days int)
returns jsonb language sql security definer set search_path = public, pg_temp as $$
-- For this transaction. An owner that is no superuser can't tie it to the function.
select set_config('barograph.audit_retention', 'on', true);
with old as (
    select number, entries, hash
    from audit_seal
    where sealed_at < now() - greatest(keep_days, 1) * interval '1 day'
    order by number
    limit 100
), last as (
    select number, hash from old order by number desc limit 1
), anchored as (
    insert into audit_anchor (number, hash) select number, hash from last
), gone as (
    delete from audit_entry
    using old
    where audit_entry.id >= lower(old.entries)
        and audit_entry.id < upper(old.entries)
        and old.entries @> audit_entry.id
    returning audit_entry.id
), unsealed as (
    delete from audit_seal using old where audit_seal.number = old.number
), unsigned as (
    delete from audit_signature using old where audit_signature.number = old.number
)
insert into audit_entry (actor, action, after)
select
    'barograph',
    'audit.prune',
    jsonb_build_object(
        'seal', last.number,
        'hash', encode(last.hash, 'hex'),
        'entries', (select count(*) from gone)
    )
from last
returning after
$$;

create or replace function enable_columnstore()
returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
    alter table public.reading set (
        timescaledb.enable_columnstore, timescaledb.segmentby = 'sensor_id', timescaledb.orderby = 'time'
    );
end
$$;

create or replace function move_into_columnstore(chunk oid)
returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if not exists (select from show_chunks('public.reading') as ours where ours::oid = chunk) then
        raise insufficient_privilege using message = 'only chunks of readings';
    end if;
    call convert_to_columnstore(chunk::regclass, recompress => true);
end
$$;

-- Gives back the room of a day whose readings lie in files. Rows and blocks each have a chunk of it.
create or replace function empty_chunk(from_time timestamptz, to_time timestamptz)
returns boolean language plpgsql security definer set search_path = public, pg_temp as $$
declare
    chunk regclass;
    has_columns boolean;
    holds boolean;
    has_emptied boolean := false;
begin
    -- Only then does a statement see what was committed before it got the lock.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise invalid_transaction_state using message = 'a chunk is emptied in READ COMMITTED alone';
    end if;
    -- Rows first, as whoever writes both.
    for chunk, has_columns in
        select format('%I.%I', chunk_schema, chunk_name)::regclass, is_compressed
        from timescaledb_information.chunks
        where hypertable_schema = 'public' and hypertable_name in ('reading', 'reading_block')
            and range_start = from_time and range_end = to_time
        order by hypertable_name
    loop
        continue when pg_relation_size(chunk) = 0 and not has_columns;
        execute format('lock table %s in access exclusive mode', chunk);
        execute format('select exists (select from %s)', chunk) into holds;
        continue when holds;
        select is_compressed
        into has_columns
        from timescaledb_information.chunks
        where format('%I.%I', chunk_schema, chunk_name)::regclass = chunk;
        -- Of a chunk of columns TRUNCATE empties these alone. Without them it is a chunk of rows.
        if has_columns then
            perform decompress_chunk(chunk);
        end if;
        execute format('truncate only %s', chunk);
        has_emptied := true;
    end loop;
    return has_emptied;
end
$$;
