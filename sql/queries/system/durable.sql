-- What makes a COMMIT mean that the readings are on disk, and on the synchronous standby where there is one.

-- name: raise_level
-- An operator's higher level (remote_apply) stays.
select set_config('synchronous_commit', 'on', false)
where current_setting('synchronous_commit') not in ('on', 'remote_apply');

-- name: write_mark
-- Something for the log, so that this transaction's COMMIT waits for the standby, and with it for everything
-- that is visible by now. Without a standby what is visible is on disk already.
select pg_logical_emit_message(true, 'barograph', '')
where current_setting('synchronous_standby_names') <> '';
