-- Documents between the companies of the firm: what one invoiced or credited for work that another delivered.

create table q2c_read.intercompany_document (
    id text primary key,
    version bigint not null,
    document_id text not null,
    document_number text not null,
    is_credit boolean not null,
    invoice_id text not null,
    contract_id text not null,
    seller text not null,
    deliverer text not null,
    percent numeric not null,
    date date not null,
    currency text not null,
    amount_minor bigint not null,
    lines jsonb not null,
    seller_posted boolean not null,
    deliverer_posted boolean not null,
    mirrored_at timestamptz not null
);

create index on q2c_read.intercompany_document (invoice_id, mirrored_at, id);
create index on q2c_read.intercompany_document (mirrored_at desc, id desc);

grant select on q2c_read.intercompany_document to {gateway};
