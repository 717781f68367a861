-- Credit memos, and what besides payments became of an invoice. The version is that of the row's own grain.

create table q2c_read.credit_memo (
    id text primary key,
    version bigint not null,
    status text not null,
    number text,
    invoice_id text not null,
    invoice_number text not null,
    customer_id text not null,
    customer_name text not null,
    legal_entity text not null,
    currency text not null,
    date date not null,
    reason text not null,
    release_items boolean not null,
    net_minor bigint not null,
    tax_minor bigint not null,
    total_minor bigint not null,
    prepared_by text not null,
    approved_by text,
    lines jsonb not null,
    drafted_at timestamptz not null,
    issued_at timestamptz,
    updated_at timestamptz not null
);

create index on q2c_read.credit_memo (invoice_id, drafted_at, id);

alter table q2c_read.invoice
    add column credited_minor bigint not null default 0,
    add column written_off_minor bigint not null default 0,
    add column disputed boolean not null default false;

grant select on q2c_read.credit_memo to {gateway};
