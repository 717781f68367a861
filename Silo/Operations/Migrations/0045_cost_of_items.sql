-- What work took and cost the firm: hours of people, and their cost where a rate covers them. Rows of before have neither,
-- until the read models are rebuilt.

alter table q2c_read.billable_item add column hours numeric not null default 0;
alter table q2c_read.billable_item add column cost_minor bigint;
