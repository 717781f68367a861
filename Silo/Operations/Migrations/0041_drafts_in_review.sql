-- Until when people look at a draft before it is taxed.

alter table q2c_read.invoice
    add column review_until date;
