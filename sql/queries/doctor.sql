-- name: server
select current_setting('server_version_num')::int as version_num,
       current_setting('server_version') as version,
       current_setting('shared_preload_libraries') as preloaded,
       current_setting('timescaledb.license', true) as license,
       clock_timestamp() as now,
       (select default_version from pg_available_extensions where name = 'timescaledb') as available,
       (select extversion from pg_extension where extname = 'timescaledb') as installed;
