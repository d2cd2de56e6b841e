-- Damaged files are few, and counted at each scrape of the worker's metrics.
create index artifact_damaged_idx on artifact (id) where status = 'damaged';
