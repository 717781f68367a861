-- Quotes that were submitted here. The version is that of the quote's grain.

create table q2c_read.offer (
    id text primary key,
    version bigint not null,
    contract_id text not null,
    status text not null,
    name text not null,
    source text not null,
    quote_id text not null,
    opportunity_id text not null,
    customer_id text not null,
    customer_name text not null,
    legal_entity text not null,
    currency text not null,
    start_date date not null,
    end_date date,
    valid_until date,
    submitted_by text not null,
    submitted_at timestamptz not null,
    decided_by text,
    decided_at timestamptz,
    reason text
);

create index on q2c_read.offer (submitted_at, id);
create index on q2c_read.offer (contract_id, quote_id);

-- A quote that a CRM decided by itself is known by the contract that came of it.
create view q2c_read.quote as
select o.id, o.contract_id, o.status, o.name, o.source, o.quote_id, o.opportunity_id, o.customer_id, o.customer_name,
       o.legal_entity, o.currency, o.start_date, o.end_date, o.valid_until, o.submitted_by, o.submitted_at, o.decided_by,
       o.decided_at, o.reason
from q2c_read.offer o
union all
select replace(c.id, '_ct_', '_qt_'), c.id, 'approved', c.name, null, c.quote_id, c.opportunity_id, c.customer_id, c.customer_name,
       c.legal_entity, c.currency, c.start_date, c.end_date, null, null, c.accepted_at, null, c.accepted_at, null
from q2c_read.contract c
where not exists (select from q2c_read.offer o where o.contract_id = c.id and o.quote_id = c.quote_id);

grant select on q2c_read.offer, q2c_read.quote to {gateway};
