-- The ledger: every posting of documents, revenue and cost. Rows are only added. The version is that of the grain that posted it.

create table q2c_read.ledger_line (
    id text primary key,
    version bigint not null,
    contract_id text not null,
    entry_id text not null,
    legal_entity text not null,
    account text not null,
    currency text not null,
    amount_minor bigint not null,
    contract_line_id text,
    cost_centre text,
    date date not null,
    cause text not null,
    known_at timestamptz not null
);

create index on q2c_read.ledger_line (contract_id, date);
create index on q2c_read.ledger_line (date, known_at);

-- What a month was expected to bring, as seen at the end of an earlier one.
create table q2c_read.expected_month (
    id text primary key,
    version bigint not null,
    contract_id text not null,
    made_at date not null,
    month date not null,
    currency text not null,
    billing_minor bigint not null,
    revenue_minor bigint not null,
    cash_minor bigint not null
);

create index on q2c_read.expected_month (made_at, month);

grant select on q2c_read.ledger_line, q2c_read.expected_month to {gateway};
