-- Money that came in, for an invoice or on account of a customer; and credit memos as a list.

create table q2c_read.customer_payment (
    id text primary key,
    version bigint not null,
    payment_id text not null,
    customer_id text not null,
    invoice_id text,
    legal_entity text,
    connection text not null,
    date date not null,
    currency text not null,
    amount_minor bigint not null,
    excess_minor bigint,
    reference text not null,
    received_at timestamptz not null,
    "foreign" jsonb,
    gain jsonb
);

create index on q2c_read.customer_payment (received_at, id);
create index on q2c_read.customer_payment (date, id);
create index on q2c_read.customer_payment (customer_id, received_at, id);
create index on q2c_read.customer_payment (invoice_id) where invoice_id is not null;

-- What was paid for invoices until now; money on account comes with the next rebuild.
insert into q2c_read.customer_payment (
    id, version, payment_id, customer_id, invoice_id, legal_entity, connection, date, currency, amount_minor, excess_minor, reference,
    received_at, "foreign", gain)
select i.id || '/payment/' || (p ->> 'payment_id'), 0, p ->> 'payment_id', i.customer_id, i.id, i.legal_entity, p ->> 'connection',
    (p ->> 'date')::date, p #>> '{amount,currency}', (p #>> '{amount,minor}')::bigint, (p #>> '{excess,minor}')::bigint, p ->> 'reference',
    (p ->> 'at')::timestamptz, nullif(p -> 'foreign', 'null'), nullif(p -> 'gain', 'null')
from q2c_read.invoice i cross join lateral jsonb_array_elements(i.payments) p;

create index on q2c_read.credit_memo (drafted_at, id);
create index on q2c_read.credit_memo (date, id);
create index on q2c_read.credit_memo (customer_id, drafted_at, id);

grant select on q2c_read.customer_payment to {gateway};
