import { graphql } from '../api/generated';
import type { EngagementTermsQuery } from '../api/generated/graphql';
import { useLive } from '../api/hooks';
import { PlainTable } from '../design/table';
import { Chip, Day, Facts, Failure, Foreign, Id, Loading, Money, Panel } from '../design/ui';
import * as format from '../text/format';

const EngagementTerms = graphql(`
  query EngagementTerms($id: ID!) {
    contract(id: $id) {
      opportunityId quoteId currency
      billTo { line1 line2 city region postalCode country }
      versions {
        terms { version effectiveFrom lines { ...Line } conditions { ...Terms } }
        changes { lineId kind before { ...Line } after { ...Line } }
      }
      project { lines { lineId invoiced { amount currency } open { amount currency } cap { amount currency } } }
    }
  }
  fragment Line on ContractLine {
    id service description start end purchaseOrder
    billing {
      __typename
      ... on FixedFee { price { amount currency } milestones { id name amount { amount currency } due } }
      ... on TimeAndMaterials { rates { role hourly } cap { amount currency } }
      ... on Expenses { markupPercent excludedCategories }
      ... on Recurring { unitPrice: price quantity period { unit interval timing } suspended }
      ... on Usage { unit usagePeriod: period { unit interval } rule tiers { upTo unitPrice flat } }
      ... on Commitment { minimum { amount currency } commitmentPeriod: period { unit interval } lines }
      ... on Retainer { retainerUnit: unit retainerQuantity: quantity retainerPrice: price covers }
    }
  }
  fragment Terms on Conditions {
    discounts { id name percent amount { amount currency } }
    downPayment { percent amount { amount currency } deduct blocksWork }
    retention { percent amount { amount currency } of }
  }
`);

type Version = NonNullable<EngagementTermsQuery['contract']>['versions'][number];
type Line = Version['terms']['lines'][number];

export default function Terms({ contractId }: { contractId: string }) {
  const { data, error, loading, refresh } = useLive(EngagementTerms, { id: contractId }, { every: 30_000 });
  if (loading) return <Loading what="the contract" />;
  if (!data?.contract) return <Failure error={error ?? {}} retry={refresh} what="The contract" />;
  const { contract } = data;
  const current = contract.versions.at(-1)!;
  const { billTo } = contract;
  return (
    <div className="stack">
      <Panel title="Terms in force" id="terms" aside={<>version {current.terms.version}, from <Day on={current.terms.effectiveFrom} /></>}>
        <div className="stack">
          {current.terms.lines.map(line => {
            const progress = contract.project?.lines.find(each => each.lineId === line.id);
            return (
              <article key={line.id} className="stack">
                <div className="change"><h3><Foreign>{line.description}</Foreign></h3><Chip>{kinds[line.billing.__typename]}</Chip></div>
                <Facts of={[
                  ['From', <Day key="d" on={line.start} />],
                  ['Until', line.end ? <Day key="d" on={line.end} /> : 'no end'],
                  line.purchaseOrder ? ['Purchase order', <Foreign key="p">{line.purchaseOrder}</Foreign>] : null,
                  progress ? ['Invoiced', <Money key="m" value={progress.invoiced} />] : null,
                  progress ? ['Open', <Money key="m" value={progress.open} />] : null,
                ]} />
                <Billing line={line} />
              </article>
            );
          })}
          <Conditions of={current} />
        </div>
      </Panel>
      <div className="columns">
        <Panel title="Versions" id="versions">
          <ol className="stack" reversed>
            {[...contract.versions].reverse().map((version, i) => (
              <li key={version.terms.version} className={`version ${i === 0 ? 'current' : ''}`}>
                <h3>Version {version.terms.version} <span className="faint">effective <Day on={version.terms.effectiveFrom} /></span></h3>
                {version.terms.version === 1
                  ? <p className="soft">The quote as accepted: {format.plural(version.terms.lines.length, 'line')}.</p>
                  : <ul className="stack">{version.changes.map(change => <Change key={change.lineId} change={change} />)}</ul>}
              </li>
            ))}
          </ol>
        </Panel>
        <Panel title="Particulars" id="particulars">
          <Facts of={[
            ['Bill to', <Foreign key="b">{[billTo.line1, billTo.line2, `${billTo.postalCode} ${billTo.city}`, billTo.region, billTo.country].filter(Boolean).join(', ')}</Foreign>],
            ['Currency', contract.currency],
            ['Opportunity', <Id key="o" value={contract.opportunityId} />],
            ['Quote', <Id key="q" value={contract.quoteId} />],
            ['Contract', <Id key="c" value={contractId} />],
          ]} />
        </Panel>
      </div>
    </div>
  );
}

const kinds: Record<Line['billing']['__typename'], string> = {
  FixedFee: 'Fixed price', TimeAndMaterials: 'Time and materials', Expenses: 'Expenses', Recurring: 'Recurring', Usage: 'Usage',
  Commitment: 'Commitment', Retainer: 'Retainer',
};

const every = ({ interval, unit }: { interval: number; unit: string }) => interval === 1 ? `each ${unit.toLowerCase()}` : `every ${interval} ${unit.toLowerCase()}s`;

function Billing({ line: { billing } }: { line: Line }) {
  switch (billing.__typename) {
    case 'FixedFee': return (
      <PlainTable of={billing.milestones} label="Milestones" rowKey={each => each.id} columns={[
        { head: 'Milestone', cell: each => <Foreign>{each.name}</Foreign> },
        { head: 'Expected', cell: each => <Day on={each.due} /> },
        { head: 'Amount', end: true, cell: each => <Money value={each.amount} /> },
      ]} />
    );
    case 'TimeAndMaterials': return (
      <PlainTable of={billing.rates} label="Rate card" rowKey={each => each.role} columns={[
        { head: 'Role', cell: each => <Foreign>{each.role}</Foreign> },
        { head: 'Per hour', end: true, cell: each => format.number(each.hourly, 9) },
      ]} foot={billing.cap && <tr><td>Not to exceed</td><td className="end"><Money value={billing.cap} /></td></tr>} />
    );
    default: return <p className="soft">{describe(billing)}</p>;
  }
}

function describe(billing: Line['billing']): string {
  switch (billing.__typename) {
    case 'FixedFee': return `${format.money(billing.price)} in ${format.plural(billing.milestones.length, 'milestone')}`;
    case 'TimeAndMaterials':
      return `${billing.rates.map(rate => `${rate.role} ${format.number(rate.hourly, 9)}`).join(', ')}${billing.cap ? `; not to exceed ${format.money(billing.cap)}` : ''}`;
    case 'Expenses':
      return `Cost and ${format.percent(billing.markupPercent)}${billing.excludedCategories.length > 0 ? `, without ${billing.excludedCategories.join(', ')}` : ''}`;
    case 'Recurring': return `${format.number(billing.quantity)} × ${format.number(billing.unitPrice, 9)}, ${every(billing.period)}${billing.suspended ? ', suspended' : ''}`;
    case 'Usage': return `${billing.tiers.map(tier => `${tier.upTo == null ? 'beyond' : `up to ${format.number(tier.upTo)}`}: ${format.number(tier.unitPrice, 9)}`).join('; ')} for each ${billing.unit}, ${every(billing.usagePeriod)}`;
    case 'Commitment': return `At least ${format.money(billing.minimum)} ${every(billing.commitmentPeriod)}, over ${format.plural(billing.lines.length, 'line')}`;
    case 'Retainer': return `${format.number(billing.retainerQuantity)} ${billing.retainerUnit.toLowerCase()} at ${format.number(billing.retainerPrice, 9)}, for ${billing.covers.join(', ')}`;
  }
}

function Change({ change }: { change: Version['changes'][number] }) {
  const facts = (line: Line | null | undefined) => line && {
    Description: line.description, Service: line.service, From: format.day(line.start), Until: line.end ? format.day(line.end) : 'no end',
    'Purchase order': line.purchaseOrder ?? '–', Billing: describe(line.billing),
  };
  const before = facts(change.before), after = facts(change.after);
  const names = Object.keys(before ?? after ?? {}) as (keyof NonNullable<typeof before>)[];
  return (
    <li>
      <p><strong><Foreign>{(change.after ?? change.before)?.description}</Foreign></strong> <span className="faint">{format.words(change.kind)}</span></p>
      <ul>
        {names.filter(name => before?.[name] !== after?.[name]).map(name => (
          <li key={name} className="change">
            <span className="faint">{name}</span>
            {before && <del><Foreign>{before[name]}</Foreign></del>}
            {after && <ins><Foreign>{after[name]}</Foreign></ins>}
          </li>
        ))}
      </ul>
    </li>
  );
}

const Conditions = ({ of: { terms: { conditions } } }: { of: Version }) => !conditions ? null : (
  <Facts of={[
    ...(conditions.discounts ?? []).map(each => [each.name, each.amount ? <Money key="a" value={each.amount} /> : format.percent(each.percent)] as const),
    conditions.downPayment ? ['Down payment', conditions.downPayment.amount ? <Money key="a" value={conditions.downPayment.amount} /> : format.percent(conditions.downPayment.percent)] : null,
    conditions.retention ? ['Retention', conditions.retention.amount ? <Money key="a" value={conditions.retention.amount} /> : format.percent(conditions.retention.percent)] : null,
  ]} />
);
