-- Readings that can't be brought up to date are put aside for a while, so that others are.
alter table recalibration_due add column held_until timestamptz;
