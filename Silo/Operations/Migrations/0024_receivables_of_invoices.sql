create index on q2c_read.receivable (invoice_id, version desc);
