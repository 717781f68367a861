-- Every ordering of a list ends in the id, which breaks ties, and has an index of its own.

create index on q2c_read.customer (updated_at, id);
create index on q2c_read.customer (parent_id, name, id);
create index on q2c_read.customer using gin ("references" jsonb_path_ops);

create index on q2c_read.contract (name, id);
create index on q2c_read.contract (start_date, id);

create index on q2c_read.project (opened_at, id);
create index on q2c_read.project (name, id);

create index on q2c_read.billable_item (date, id);
create index on q2c_read.billable_item (invoice_id) where invoice_id is not null;

create index on q2c_read.billing_run (cut_off, id);

create index on q2c_read.invoice (date, id);
create index on q2c_read.invoice (coalesce(due_date, 'infinity'::date), id);
create index on q2c_read.invoice (customer_name, id);

create index on q2c_read.work_item (grain) where status = 'open';
create index on q2c_read.work_item (status, code, id);

create index on q2c.effect (created_at, id);
