-- Readings of a stretch of time that transactions younger than `since` stored. Chunk by chunk, because only a
-- chunk's own rows say which transaction stored them: those that the columnstore holds don't, and are older.
create function stored_since(
    sensor_ids int[], starts_at timestamptz, ends_at timestamptz, since xid8
) returns setof reading language plpgsql stable as $$
declare
    chunk regclass;
begin
    for chunk in
        select format('%I.%I', chunk_schema, chunk_name)::regclass
        from timescaledb_information.chunks
        where hypertable_schema = current_schema
            and hypertable_name = 'reading'
            and range_start < ends_at
            and range_end > starts_at
    loop
        return query execute format(
            'select time, raw, physical, sensor_id, profile_id, flags from only %s
            where sensor_id = any($1) and time >= $2 and time < $3 and age(xmin) < age($4::xid)',
            chunk
        ) using sensor_ids, starts_at, ends_at, since;
    end loop;
end
$$;
