-- Of each of the window's sensors: how many readings its commit has added; null: not known. They say which
-- minutes are worth keeping by the second, without a look at what is stored.
alter table dirty_window add column sensor_readings bigint[];
