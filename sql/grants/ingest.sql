-- What ingest may do: take frames of producers in, whole or as dead letters. It reads no account and no answer.

grant select on
    archive_part,
    catalog_change,
    conversion_profile,
    excursion,
    ingest_token,
    profile_validity,
    project,
    reading,
    reading_block,
    reading_storage,
    sensor_limit,
    valid_ingest_token
to barograph_ingest;

grant insert on change_log, dirty_window, event, reading, reading_block, recalibration_due, reject_block to barograph_ingest;

grant select, insert on excursion_due, producer_gap to barograph_ingest;
grant select, insert, delete on ingest_receipt to barograph_ingest;
-- Rows are locked, or change.
grant select, update on sensor to barograph_ingest;
grant select, insert, update on producer, producer_liveness, sensor_liveness to barograph_ingest;
-- Limits are evaluated with the readings.
grant select, insert, update on alarm to barograph_ingest;
grant select, insert, update, delete on limit_standing to barograph_ingest;
grant select, insert, delete on limit_progress to barograph_ingest;

-- Sensors of unknown keys, where the project says so.
grant execute on function register_sensors to barograph_ingest;
