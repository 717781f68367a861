select position, at, stage, title, detail, system, amount_minor, currency, actor
from q2c_read.timeline
where contract_id = $1
order by position
limit $2
