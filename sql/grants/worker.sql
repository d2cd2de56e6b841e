-- What the worker may do: convert again, roll up, import, and tidy up. Chunks and the audit trail's oldest part it lets
-- go only by the owner's functions (`sql/views/worker.sql`), which look first.

grant select on
    any_rollup,
    audit_anchor,
    audit_digest,
    backfill_made_before,
    capture_session_sensor,
    catalog_change,
    conversion_profile,
    export_item,
    ingest_token,
    overdue_bounds,
    valid_ingest_token
to barograph_worker;

grant insert on status_change to barograph_worker;

grant select, insert, delete on event to barograph_worker;
-- Those who carry events.
grant select, insert, update on event_consumer, event_pruned to barograph_worker;
grant select, insert, update, delete on webhook_delivery to barograph_worker;
grant select, update on webhook, webhook_standing to barograph_worker;

grant select, update, delete on export to barograph_worker;

grant select, update on artifact to barograph_worker;
grant select, delete on artifact_removal to barograph_worker;

grant select, insert on audit_entry, audit_seal, audit_signature, backfill_session, change_log to barograph_worker;

grant select, update on
    backfill,
    backfill_scope,
    backfill_timeline,
    capture_session,
    import,
    live_horizon,
    producer_liveness,
    project,
    run,
    sensor,
    sensor_liveness
to barograph_worker;

grant select, insert, update on backfill_effect, backfill_window, producer, project_turn to barograph_worker;

-- What has expired.
grant select, delete on
    audit_unsealed,
    browser_session,
    factor,
    idempotency_key,
    ingest_receipt,
    login,
    login_code,
    password_reset,
    refresh_token,
    second_step
to barograph_worker;

-- Dead letters of former releases are moved into blocks.
grant select, update, delete on rejected_reading to barograph_worker;

grant select, insert, delete on import_stored, profile_validity, reading, reading_block, reject_block to barograph_worker;

grant select, insert, update, delete on
    backfill_saved,
    dirty_window,
    fold_due,
    recalibration_due,
    rollup,
    rollup_fine
to barograph_worker;

grant execute on function drop_old_chunk, prune_audit, enable_columnstore, move_into_columnstore to barograph_worker;

-- Readings that it stores are evaluated as ingest's are.
grant select, insert, update, delete on alarm to barograph_worker;
grant select on sensor_limit to barograph_worker;
grant select, insert, update, delete on excursion, excursion_due to barograph_worker;
grant select, insert, update, delete on limit_standing to barograph_worker;
grant select, insert, delete on limit_progress to barograph_worker;

grant select on measure, reading_storage to barograph_worker;
grant select, insert, update, delete on measure_due, measure_reach, measure_value to barograph_worker;

-- How old the newest backup is, and how far WAL has come to them, for metrics.
grant select on backup_record, backup_reach to barograph_worker;

-- Old readings in files. Statements that ask about these lay them open in a temporary table.
grant select, insert, update, delete on archive_file, archive_part to barograph_worker;
grant execute on function empty_chunk to barograph_worker;
do $$
begin
    execute format('grant temporary on database %I to barograph_worker', current_database());
end
$$;
