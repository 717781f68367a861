-- The days of one timecard, the parts of one record: found by how their ids begin.
create index work_source_prefix on q2c_read.work_source (connection, source_id text_pattern_ops);
