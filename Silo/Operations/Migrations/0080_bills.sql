-- What a billing run has to know beforehand of a project, and an invoice of the bill that several payers share. A project of
-- before is asked in any case, until the read models are rebuilt.

alter table q2c_read.project add column periodic boolean not null default true;
alter table q2c_read.invoice
    add column bill jsonb,
    add column exchange jsonb,
    add column priced jsonb;
