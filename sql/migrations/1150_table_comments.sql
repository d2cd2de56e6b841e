-- What each table holds, for whoever looks at the database itself (`\dt+`). Why it is as it is stands in the file that
-- made it.

-- People and rights.
comment on table account is 'A person, or a script that is a service account';
comment on table service_account is 'What makes an account a script''s: its project, token and expiry';
comment on table project is 'What sensors, experiments and members belong to, with its settings';
comment on table member is 'Who is in a project, and with which role';
comment on table invitation is 'Who is asked to come into a project, until they accept or it is revoked';
comment on table login is 'A log-in and its family of refresh tokens; ending it ends them all';
comment on table login_code is 'A code that logs in once without a password, as in the link that `up` prints';
comment on table refresh_token is 'Hashes of the tokens that go on with a log-in';
comment on table browser_session is 'The log-in of a browser, which holds the token in a cookie';
comment on table password_reset is 'Hashes of links that set a new password once';
comment on table factor is 'Second factors of accounts: authenticator apps and authenticators';
comment on table factor_attempt is 'How often an account''s factors were tried since they were last proven';
comment on table recovery_code is 'Hashes of codes that stand in for a lost factor, once each';
comment on table second_step is 'A log-in whose password was right, and that waits for its second factor';
comment on table sql_role is 'Log-ins of PostgreSQL for people who ask in SQL, and until when';
comment on table sql_role_project is 'Which projects such a log-in sees';
comment on table api_process is 'Processes of the API that run, and which key each signs with';
comment on table idempotency_key is 'Answers to requests that named an Idempotency-Key, for when these come again';

-- Who did what.
comment on table audit_entry is 'The audit trail: who did what to what; never altered';
comment on table audit_unsealed is 'Entries of the audit trail that no seal holds yet';
comment on table audit_seal is 'Links of the chain of hashes over the audit trail';
comment on table audit_signature is 'What the holder of the audit key has signed of each seal';
comment on table audit_anchor is 'The last link that went when the older part of the audit trail was pruned';

-- Sensors, and how they are converted.
comment on table sensor is 'A scalar channel of a project: its key, units and status';
comment on table sensor_liveness is 'When a sensor was last heard of';
comment on table conversion_profile is 'Immutable rules from raw to physical, numbered by sensor';
comment on table profile_validity is 'Which profile holds at which reading''s time; at most one at any instant';
comment on table catalog_change is 'What changed with each version of a project''s catalog, so that caches read what is new';

-- The way of readings.
comment on table ingest_token is 'Hashes of the tokens that gateways send with, and what each may';
comment on table producer is 'Named, ordered streams of frames, with the last sequence that is stored of each';
comment on table producer_liveness is 'Whether a producer is connected, and when it was last heard of';
comment on table producer_gap is 'Frames of a producer that are missing, past which its sequence was moved';
comment on table ingest_receipt is 'What became of a request of readings that named an Idempotency-Key';
comment on table reading is 'The readings: one row each, or in the columnstore; old ones may lie in the archive';
comment on table reject_block is 'Dead letters: what a commit refused, in blocks, with what was sent';
comment on table rejected_reading is 'Dead letters of earlier releases, a row each, until they have moved to blocks';
comment on table change_log is 'Which sensors and times each commit touched, for those who watch live';
comment on table live_horizon is 'Up to which transaction the log of changes has been emptied';

-- The archive.
comment on table archive_file is 'Files of Parquet that hold old readings';
comment on table archive_part is 'Which readings of a sensor lie in which file, and nowhere else';

-- Roll-ups.
comment on table dirty_window is 'Minutes whose roll-ups must be computed again';
comment on table fold_due is 'Hours and days whose finer roll-ups have changed';
comment on table rollup is 'Statistics of each sensor by second, minute, hour and day';
comment on table rollup_fine is 'Statistics by 100 ms and 10 ms, of seconds with many readings';

-- Recalibration.
comment on table backfill is 'Requests to convert stored readings again, and how far each is';
comment on table backfill_scope is 'Which readings a backfill is about; those of open ones do not overlap';
comment on table backfill_session is 'Capture sessions that a backfill has set to `backfilling`';
comment on table backfill_timeline is 'Whether a timeline has changed since its backfill was planned';
comment on table backfill_window is 'The parts of a backfill, each rewritten in one transaction';
comment on table backfill_effect is 'What a window changed, or would change, of each of its sensors';
comment on table backfill_saved is 'What readings were before they were rewritten, as columns: for undo and `as_of`';
comment on table backfill_made_before is 'Readings that a named version had made before its backfill, for the undo';
comment on table recalibration_due is 'Readings to convert again, because one of another sensor that they need came late';

-- Experiments.
comment on table experiment is 'Questions that runs are made for';
comment on table run is 'Goes at an experiment, with their parameters';
comment on table run_sensor is 'The sensors of a run, today';
comment on table capture_session is 'Intervals of runs, whose sensors'' readings belong to them';
comment on table capture_session_sensor is 'The sensors of a capture session: those at its start, and those added while it ran';
comment on table status_change is 'Every move of an experiment, run or capture session from one status to another';
comment on table run_metric is 'The names of the metrics that were logged of a run';
comment on table metric_point is 'One value for each step of a metric';
comment on table metric_block is 'Statistics of a metric by blocks of 256 steps';
comment on table measure is 'Numbers that are made from a run''s readings: how each is defined';
comment on table measure_value is 'What a measure is of a run or a capture session; there before it is computed';
comment on table measure_reach is 'Which readings a value of a measure rests on, or might';
comment on table measure_due is 'Values of measures that are to be computed again';
comment on table annotation is 'What people note about a moment or a stretch of time';
comment on table saved_view is 'Plots that people keep by name';
comment on table saved_comparison is 'Questions that compare runs, kept by name';

-- Limits and alarms.
comment on table sensor_limit is 'Between which values a sensor is as it should be, and when';
comment on table limit_progress is 'How far live readings of sensors with limits have come: a row for each commit, until they are gathered';
comment on table limit_standing is 'Limits that something violates now, with or without an alarm yet';
comment on table alarm is 'Violations by live readings, and silence, from when they are raised to when they are cleared';
comment on table excursion is 'Violations found in stored readings that came late, as history, or were rewritten';
comment on table excursion_due is 'Where excursions are to be computed again';

-- Files.
comment on table import is 'Files of readings from the past, and how far each has been read';
comment on table import_stored is 'What each piece of an import has stored, for its undo';
comment on table export is 'Files of readings that a worker makes, and how far each is';
comment on table artifact is 'Files that runs hold: what each must be, how far it has come, and what people think of it';
comment on table artifact_removal is 'Deleted files that their store may still hold';
comment on table backup_record is 'Backups that were made, as far as the database knows';

-- Events, and who hears of them.
comment on table event is 'What happened that others may want to hear of, by project';
comment on table event_consumer is 'How far each reader of all events has come';
comment on table event_pruned is 'Up to where the events of a project have been deleted';
comment on table webhook is 'Addresses that are told of a project''s events';
comment on table webhook_standing is 'How it goes with each webhook';
comment on table webhook_delivery is 'Messages of webhooks, with what became of each';

-- Work and the schema itself.
comment on table project_turn is 'When work of each kind was last begun for a project, so that projects take turns';
comment on table migration is 'Which migrations were applied, and the checksum of each';
comment on table view_ledger is 'Which text each view and function was made from';
