import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useNavigate } from 'react-router';
import { useMutation } from 'urql';
import { graphql } from '../api/generated';
import type { PreviewOrRunMutation } from '../api/generated/graphql';
import { newKey } from '../api/decide';
import { PlainTable } from '../design/table';
import { Amounts, Button, Empty, Foreign, Link, Money, Window } from '../design/ui';
import * as format from '../text/format';

const PreviewOrRun = graphql(`
  mutation PreviewOrRun($input: RunBillingInput!) {
    runBilling(input: $input) {
      billingRun { id }
      preview {
        net { amount currency } tax { amount currency } taxNote
        project { id name customer { name } contract { id } }
        items { id kind date description amount { amount currency } explanation }
      }
      errors { ... on UserError { code message remedy } }
    }
  }
`);

type Preview = NonNullable<PreviewOrRunMutation['runBilling']['preview']>;
type Values = { legalEntity: string; cutOff: string; invoiceDate: string };

/** What a run would bill comes first; then the same run is started. */
export function NewRun({ close }: { close: () => void }) {
  const navigate = useNavigate();
  const { register, handleSubmit, getValues, formState: { errors } } = useForm<Values>({
    defaultValues: { legalEntity: localStorage.getItem('q2c.entity') ?? '', cutOff: format.today(), invoiceDate: '' },
  });
  const [key] = useState(newKey);
  const [preview, setPreview] = useState<Preview>();
  const [problems, setProblems] = useState<string[]>([]);
  const [{ fetching }, execute] = useMutation(PreviewOrRun);
  const ask = async (dryRun: boolean) => {
    const { legalEntity, cutOff, invoiceDate } = getValues();
    const answer = await execute({ input: {
      idempotencyKey: dryRun ? newKey() : key, legalEntity: legalEntity.trim(), cutOff, dryRun, ...(invoiceDate && { invoiceDate }),
    } });
    const refused = (answer.data?.runBilling.errors ?? []) as { message: string; remedy: string }[];
    if (answer.error || refused.length > 0) {
      setProblems(answer.error ? [answer.error.graphQLErrors[0]?.message ?? 'The gateway did not answer. Ask again: a run is started once, however often you do.']
        : refused.map(each => `${each.message} ${each.remedy}`));
      return;
    }
    setProblems([]);
    localStorage.setItem('q2c.entity', legalEntity.trim());
    if (dryRun) setPreview(answer.data!.runBilling.preview ?? []);
    else void navigate(`/billing/runs/${answer.data!.runBilling.billingRun!.id}`);
  };
  return (
    <Window title="New billing run" isOpen wide onClose={close}>
      <form className="form" onSubmit={handleSubmit(() => ask(true))}>
        <div className="field-row">
          <label className="field">
            <span className="field-label">Company</span>
            <input {...register('legalEntity', { required: 'Which company of the firm bills?' })} placeholder="DE01" aria-invalid={Boolean(errors.legalEntity)} />
            {errors.legalEntity && <span className="bad-text" role="alert">{errors.legalEntity.message}</span>}
          </label>
          <label className="field">
            <span className="field-label">Work until</span>
            <input type="date" {...register('cutOff', { required: 'Until when?' })} />
          </label>
          <label className="field">
            <span className="field-label">Invoice date</span>
            <input type="date" {...register('invoiceDate')} />
            <span className="faint">today if left out</span>
          </label>
        </div>
        {problems.length > 0 && <div className="note bad" role="alert"><ul>{problems.map(each => <li key={each}>{each}</li>)}</ul></div>}
        {preview && <Previewed of={preview} />}
        <div className="form-actions">
          <Button onPress={close}>Cancel</Button>
          <Button type="submit" kind={preview ? undefined : 'primary'} isPending={fetching}>{preview ? 'Preview again' : 'Preview'}</Button>
          {preview && preview.length > 0 && <Button kind="primary" isPending={fetching} onPress={() => void ask(false)}>Start the run</Button>}
        </div>
      </form>
    </Window>
  );
}

function Previewed({ of }: { of: Preview }) {
  if (of.length === 0) return <Empty title="There is nothing to bill.">No work until that day is billable, or another run has set it aside.</Empty>;
  return (
    <div className="stack" role="status">
      <p><strong><Amounts values={format.sums(of.map(each => each.net))} /></strong> for {format.plural(of.reduce((n, each) => n + each.items.length, 0), 'item')} of {format.plural(of.length, 'project')} would be invoiced.</p>
      {of.map(each => (
        <details key={each.project.id} className="preview">
          <summary>
            <span><strong><Foreign>{each.project.customer?.name}</Foreign></strong> <Link to={`/engagements/${each.project.contract.id}`}><Foreign>{each.project.name}</Foreign></Link></span>
            <span><Money value={each.net} />{each.tax ? <span className="faint"> and <Money value={each.tax} /> tax</span> : each.taxNote && <span className="faint"> {each.taxNote}</span>}</span>
          </summary>
          <PlainTable of={each.items} label="Items" rowKey={item => item.id} columns={[
            { head: 'Day', room: 'medium', cell: item => format.day(item.date) },
            { head: 'Work', cell: item => <><Foreign>{item.description}</Foreign><span className="second"><Foreign>{item.explanation}</Foreign></span></> },
            { head: 'Amount', end: true, cell: item => <Money value={item.amount} /> },
          ]} />
        </details>
      ))}
    </div>
  );
}
