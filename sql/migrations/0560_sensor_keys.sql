-- Line protocol names measurements, tags and fields: how a project makes sensors' keys of them, and up to how many
-- sensors it may have for unknown keys to become sensors by themselves. 0: they never do.
alter table project
    add column sensor_key_template text not null default '{measurement}{tags}.{field}',
    add column register_sensors_up_to int not null default 0 check (register_sensors_up_to >= 0);

-- A receipt whose key has a newline, as no header can, is of a body of line protocol: kept for an hour.
create index ingest_receipt_line_idx on ingest_receipt (created_at) where position(e'\n' in key) > 0;

-- `sql/views/ingest.sql` says what it does. Made here, so that no other role may ever call it in between.
create function register_sensors(of_project int, by_token uuid, wanted text[])
returns int language sql security definer set search_path = public, pg_temp as $$ select 0 $$;
revoke execute on function register_sensors from public;
