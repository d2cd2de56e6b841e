-- What a dashboard asks of the views, as pgbench runs it: the last minute of a sensor, and its highest minutes.
\set rig random(0, :rigs - 1)
\set sensor random(0, :sensors - 1)
select time, mean, min, max from readings_1s where sensor_key = 'rig' || :rig || '/s' || :sensor and time > now() - interval '1 minute';
select time, max from readings_1m where sensor_key = 'rig' || :rig || '/s' || :sensor and time > now() - interval '1 hour' order by max desc limit 3;
