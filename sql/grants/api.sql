-- What the API may do. Nothing of the audit trail and of status changes is ever altered; readings are read, and come in
-- only with dead letters that are replayed.

grant select on
    account_as_caller,
    alarm_item,
    annotation_item,
    any_rollup,
    artifact_item,
    backfill_effect,
    backfill_item,
    backfill_saved,
    caller_of_login,
    caller_of_service,
    caller_of_session,
    capture_session_item,
    capture_session_sensor,
    catalog_change,
    dead_letter,
    event_pruned,
    excursion,
    excursion_item,
    experiment_item,
    export_item,
    fold_due,
    import_item,
    import_stored,
    ingest_token_item,
    invitation_item,
    limit_item,
    login_item,
    member_item,
    live_horizon,
    producer,
    producer_gap,
    producer_item,
    producer_liveness,
    profile_item,
    reading_storage,
    rollup,
    measure_due,
    measure_item,
    measure_value,
    measure_value_item,
    run_item,
    run_sensor_item,
    saved_comparison_item,
    saved_view_item,
    sensor_item,
    sensor_liveness,
    service_account_item,
    user_item,
    valid_ingest_token
to barograph_api;

grant select, delete on login_code to barograph_api;

grant insert on backfill_made_before, recalibration_due to barograph_api;

grant select, insert on
    audit_entry,
    backfill_session,
    browser_session,
    change_log,
    dirty_window,
    event,
    reading,
    reading_block,
    status_change
to barograph_api;

grant select, update on backfill_timeline, backfill_window to barograph_api;

grant select, insert, update on
    account,
    backfill,
    backfill_scope,
    conversion_profile,
    export,
    idempotency_key,
    import,
    ingest_token,
    invitation,
    login,
    refresh_token,
    reject_block,
    service_account
to barograph_api;

grant select, insert, update on metric_point, run_metric to barograph_api;

-- Whose points are written keeps them up to date.
grant select on metric_block to barograph_api;
grant execute on function metric_parts to barograph_api;

grant select, insert, delete on password_reset, profile_validity, recovery_code, run_sensor, second_step to barograph_api;

grant select, insert, update, delete on
    annotation,
    api_process,
    artifact,
    capture_session,
    experiment,
    factor,
    factor_attempt,
    measure,
    member,
    project,
    run,
    saved_comparison,
    saved_view,
    sensor
to barograph_api;

-- Readings that it stores are evaluated as ingest's are.
grant select, insert, update on alarm, sensor_limit to barograph_api;
grant select, insert on excursion_due to barograph_api;
grant select, insert, update, delete on limit_standing to barograph_api;
grant select, insert, delete on limit_progress to barograph_api;

grant select on webhook_delivery_item, webhook_item to barograph_api;
grant select, insert, update on webhook_delivery, webhook_standing to barograph_api;
grant select, insert, update, delete on webhook to barograph_api;
-- How the database does, for admins.
grant execute on function oldest_transaction_s() to barograph_api;

-- Archived readings are laid open in a temporary table.
grant select on archive_file, archive_part to barograph_api;
do $$
begin
    execute format('grant temporary on database %I to barograph_api', current_database());
end
$$;
