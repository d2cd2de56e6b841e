-- name: server
select current_setting('server_version_num')::int as version_num,
       current_setting('server_version') as version,
       current_setting('shared_preload_libraries') as preloaded,
       current_setting('timescaledb.license', true) as license,
       clock_timestamp() as now,
       (select default_version from pg_available_extensions where name = 'timescaledb') as available,
       (select extversion from pg_extension where extname = 'timescaledb') as installed;

-- name: storage
-- What readings take. Rows and blocks are counted by the server's own estimate; a thousand blocks say what one holds.
select
    approximate_row_count('reading')
        + (
            approximate_row_count('reading_block')
            * (select coalesce(avg(cardinality(time)), 0) from (select time from reading_block limit 1000) as block)
        )::int8 as readings,
    hypertable_size('reading') + hypertable_size('reading_block') as bytes,
    (
        select coalesce(sum(index_bytes), 0)::int8
        from unnest(array['reading', 'reading_block']::regclass[]) as held (name)
        cross join lateral hypertable_detailed_size(held.name)
    ) as index_bytes,
    (
        select count(*)
        from timescaledb_information.chunks
        where hypertable_schema = current_schema() and hypertable_name in ('reading', 'reading_block')
    ) as chunks;

-- name: indexes
-- Chunks of readings without their b-tree, and what it is of; and indexes that were left half built: these cost as much as
-- others, and no question uses them.
select
    count(*) as chunks,
    array_agg(name order by name) filter (where not is_indexed) as bare,
    (array_agg(array_to_string(columns, ', ') order by name) filter (where not is_indexed))[1] as columns_of_first,
    array_agg(half_built order by half_built) filter (where half_built is not null) as half_built
from (
    select
        chunk.name,
        chunk.columns,
        coalesce(
            bool_or(
                part.indisvalid
                and method.amname = 'btree'
                and chunk.columns = array(
                    select trim(both '"' from pg_get_indexdef(part.indexrelid, place, true))
                    from generate_series(1, cardinality(chunk.columns)) as place
                )
            ),
            false
        ) as is_indexed,
        min(part.indexrelid::regclass::text) filter (where not part.indisvalid) as half_built
    from (
        select quote_ident(chunk_schema) || '.' || quote_ident(chunk_name) as name, kind.columns
        from timescaledb_information.chunks
        join (
            values ('reading', array['sensor_id', 'time']), ('reading_block', array['sensor_id', 'first_time', 'last_time'])
        ) as kind (table_name, columns) on kind.table_name = hypertable_name
        where hypertable_schema = current_schema()
    ) as chunk
    left join pg_index as part on part.indrelid = chunk.name::regclass
    left join pg_class as relation on relation.oid = part.indexrelid
    left join pg_am as method on method.oid = relation.relam
    group by chunk.name, chunk.columns
) as chunk;

-- name: rollups
-- Roll-ups by tier (of the last two days, counted up to a limit), and what waits to be rolled up.
select
    hypertable_size('rollup') + hypertable_size('rollup_fine') as bytes,
    (
        select jsonb_object_agg(tier_us, buckets)
        from (
            select tier_us, count(*) as buckets
            from (
                (select tier_s * 1000000::int8 as tier_us from rollup where bucket >= now() - interval '2 days' limit 1000000)
                union all
                (select tier_us from rollup_fine where bucket >= now() - interval '2 days' limit 1000000)
            ) as recent
            group by tier_us
        ) as tier
    ) as tiers,
    (select count(*) from dirty_window) as windows,
    (select count(*) from dirty_window where held_until is not null) as held,
    coalesce((select extract(epoch from clock_timestamp() - min(created_at))::float8 from dirty_window), 0) as lag_s;

-- name: gaps
-- Frames that producers miss since a month; a backup that was restored leaves them.
select
    count(*) as gaps,
    coalesce(sum(gap.last_seq - gap.first_seq + 1), 0)::int8 as frames,
    (
        array_agg(
            producer.name || ', frames ' || gap.first_seq || ' to ' || gap.last_seq || ', sent after '
            || coalesce(to_char(gap.last_commit_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'the first bind')
            || ' and before ' || to_char(gap.resumed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
            order by gap.id desc
        )
    )[1] as newest
from producer_gap as gap
join producer on producer.id = gap.producer_id
where gap.resumed_at > now() - interval '30 days';

-- name: probe_timeout
select setting::int from pg_settings where name = 'statement_timeout';

-- name: backend
select pg_backend_pid();

-- name: readings
-- Counted one by one: for an installation that is small.
select count(*) as readings from any_reading;

-- name: safety
-- What a crash would cost, and how near the server is to its limits.
select
    current_setting('fsync') as fsync,
    current_setting('full_page_writes') as full_page_writes,
    current_setting('synchronous_commit') as synchronous_commit,
    current_setting('synchronous_standby_names') as standby_names,
    current_setting('data_checksums') as data_checksums,
    (select count(*) from pg_stat_replication where sync_state in ('sync', 'quorum')) as standbys,
    (select coalesce(sum(checksum_failures), 0)::int8 from pg_stat_database) as checksum_failures,
    (select count(*) from pg_stat_activity where backend_type = 'client backend') as connections,
    current_setting('max_connections')::int as max_connections,
    (select count(*) from pg_locks where not fastpath) as locks,
    current_setting('max_locks_per_transaction')::int8
        * (current_setting('max_connections')::int8 + current_setting('max_prepared_transactions')::int8) as max_locks;
