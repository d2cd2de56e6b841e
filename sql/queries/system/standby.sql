-- Whether a standby holds all that a question has to see.

-- name: position
-- Asked of the primary: whatever it has acknowledged stands in its log before this.
select
    pg_current_wal_flush_lsn() as lsn,
    system_identifier,
    -- Archived readings are laid open in a temporary table, which a standby can't have.
    exists (select from archive_part where gone_at is null) as has_archive
from pg_control_system();

-- name: state
-- Asked of the standby. One that was promoted follows nobody; one of another server holds other data.
select
    pg_is_in_recovery() and system_identifier = %(system_identifier)s as follows,
    pg_last_wal_replay_lsn() >= %(lsn)s::pg_lsn as has_it,
    greatest(%(lsn)s::pg_lsn - pg_last_wal_replay_lsn(), 0) as behind_bytes
from pg_control_system();
