import { type ReactNode, type Ref } from 'react';
import { Link as RouterLink } from 'react-router';
import {
  Button as AriaButton, Dialog, Heading, Modal, ModalOverlay, Tooltip, TooltipTrigger, type ButtonProps as AriaButtonProps,
} from 'react-aria-components';
import { AlertTriangle, Check, Copy, Inbox, LoaderCircle, RefreshCw, X } from 'lucide-react';
import { useState } from 'react';
import * as format from '../text/format';
import type { MoneyValue } from '../text/format';
import './ui.css';

export type Tone = 'plain' | 'good' | 'wait' | 'bad' | 'run';

type ButtonProps = Omit<AriaButtonProps, 'className' | 'children'> & {
  kind?: 'primary' | 'quiet' | 'danger'; small?: boolean; icon?: ReactNode; children?: ReactNode; ref?: Ref<HTMLButtonElement>;
};

export const Button = ({ kind, small, icon, children, ...rest }: ButtonProps) => (
  <AriaButton {...rest} className={`button ${kind ?? ''} ${small ? 'small' : ''}`}>
    {rest.isPending ? <LoaderCircle className="spin" aria-hidden /> : icon}
    {children && <span>{children}</span>}
  </AriaButton>
);

/** A button that is an icon alone says what it does to whoever points at it or cannot see it. */
export const IconButton = ({ label, children, ...rest }: Omit<AriaButtonProps, 'className' | 'children'> & { label: string; children: ReactNode }) => (
  <TooltipTrigger delay={400}>
    <AriaButton {...rest} aria-label={label} className="button icon">{children}</AriaButton>
    <Tooltip className="tooltip" offset={6}>{label}</Tooltip>
  </TooltipTrigger>
);

export const Chip = ({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) => <span className={`chip ${tone}`}>{children}</span>;

const tones: Record<string, Tone> = {
  ACTIVE: 'good', DONE: 'good', ACCEPTED: 'good', HEALTHY: 'good', PAID: 'good', APPROVED: 'good', RESOLVED: 'good', BILLED: 'good', CLEARED: 'good', IN_STEP: 'good', IN_FORCE: 'good', SAME: 'good',
  INVOICED: 'good', BILLABLE: 'good', CHANGED: 'good',
  ACTIVATING: 'run', RUNNING: 'run', SENDING: 'run', POSTING: 'run', TAXING: 'run', ISSUED: 'run', PARTIALLY_PAID: 'run', RECEIVED: 'run',
  DELAYED: 'wait', AWAITING_APPROVAL: 'wait', WAITING: 'wait', HELD: 'wait', DEFERRED: 'wait', CAPPED: 'wait', RESERVED: 'wait',
  SUBMITTED: 'wait', COMPENSATING: 'wait', REACHED: 'wait', PROPOSED: 'wait', DRAFT: 'wait', STALE: 'wait', ACKNOWLEDGED: 'wait', ON_ITS_WAY: 'run',
  PAUSED: 'bad', BLOCKED: 'bad', PARKED: 'bad', REFUSED: 'bad', OPEN: 'bad', REJECTED: 'bad',
};

/** The state of an object, in words and colour. */
export const Status = ({ value, tone }: { value: string; tone?: Tone }) => (
  <Chip tone={tone ?? tones[value] ?? 'plain'}>{format.words(value)}</Chip>
);

export const Money = ({ value, short }: { value: MoneyValue | null | undefined; short?: boolean }) => value == null
  ? <span className="none">–</span>
  : <span className="money" title={short ? format.money(value) : undefined}>{short ? format.shortMoney(value) : format.money(value)}</span>;

/** Amounts in several currencies, one beside the other. */
export const Amounts = ({ values, short, none = '–' }: { values: readonly MoneyValue[]; short?: boolean; none?: string }) => values.length === 0
  ? <span className="none">{none}</span>
  : <span className="amounts">{values.map(value => <Money key={value.currency} value={value} short={short} />)}</span>;

export const Ago = ({ at }: { at: string | null | undefined }) => at == null
  ? <span className="none">–</span>
  : <time dateTime={at} title={format.exactInstant(at)}>{format.ago(at)}</time>;

export const At = ({ at }: { at: string | null | undefined }) => at == null
  ? <span className="none">–</span>
  : <time dateTime={at} title={format.exactInstant(at)}>{format.instant(at)}</time>;

export const Day = ({ on }: { on: string | null | undefined }) => on == null
  ? <span className="none">–</span>
  : <time dateTime={on}>{format.day(on)}</time>;

/** What others wrote: shown as text whatever it is, and kept from turning the text around it. */
export const Foreign = ({ children }: { children: string | null | undefined }) => <bdi>{children ?? ''}</bdi>;

/** An id that can be copied; its middle is left out. */
export const Id = ({ value }: { value: string }) => {
  const [copied, setCopied] = useState(false);
  const short = value.length > 22 ? `${value.slice(0, 12)}…${value.slice(-4)}` : value;
  return (
    <span className="id">
      <code title={value}>{short}</code>
      <AriaButton className="copy" aria-label={copied ? 'Copied' : `Copy ${value}`} onPress={async () => {
        await navigator.clipboard.writeText(value);
        setCopied(true);
        setTimeout(() => setCopied(false), 1500);
      }}>
        {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
      </AriaButton>
    </span>
  );
};

const pages: readonly [RegExp, string, string][] = [
  [/_ct_/, '/engagements/', 'Engagement'], [/_inv_/, '/invoices/', 'Invoice'], [/_run_/, '/billing/runs/', 'Billing run'],
  [/_bulk_/, '/exceptions/bulk/', 'Bulk action'], [/_cu_/, '/billing/invoices?customer=', 'Customer'],
  [/^connection\//, '/connections/', ''], [/^delivery\//, '/deliveries/', 'Delivery'],
];

/** An object by its id: a link to its page if it has one, else the id. */
export const ObjectLink = ({ id }: { id: string }) => {
  const page = pages.find(([kind]) => kind.test(id));
  if (!page) return <Id value={id} />;
  const [kind, at, name] = page;
  const own = kind.source.startsWith('^') ? id.replace(kind, '') : id;
  return <RouterLink to={`${at}${encodeURIComponent(own)}`}>{own === id ? name : `${name} ${own}`}</RouterLink>;
};

export const Panel = ({ title, id, aside, children, flush }: {
  title?: ReactNode; id?: string; aside?: ReactNode; children: ReactNode; flush?: boolean;
}) => (
  <section className={`panel ${flush ? 'flush' : ''}`} aria-labelledby={title && id ? id : undefined}>
    {title && <header><h2 id={id}>{title}</h2>{aside && <div className="aside">{aside}</div>}</header>}
    {children}
  </section>
);

export const Facts = ({ of }: { of: readonly (readonly [string, ReactNode] | false | null | undefined)[] }) => (
  <dl className="facts">
    {of.map(fact => fact && <div key={fact[0]}><dt>{fact[0]}</dt><dd>{fact[1]}</dd></div>)}
  </dl>
);

export const PageHead = ({ title, lead, actions, crumbs }: {
  title: ReactNode; lead?: ReactNode; actions?: ReactNode; crumbs?: readonly { to: string; text: string }[];
}) => (
  <header className="page-head">
    <div>
      {crumbs && (
        <nav aria-label="Where this is"><ol className="crumbs">{crumbs.map(crumb => (
          <li key={crumb.to}><RouterLink to={crumb.to}>{crumb.text}</RouterLink></li>
        ))}</ol></nav>
      )}
      <h1 tabIndex={-1}>{title}</h1>
      {lead && <div className="lead">{lead}</div>}
    </div>
    {actions && <div className="actions">{actions}</div>}
  </header>
);

/** How much of something is done. */
export const Meter = ({ label, done, of }: { label: string; done: number; of: number }) => (
  <div className="progress" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={of} aria-valuenow={done}><i style={{ width: `${of === 0 ? 100 : done / of * 100}%` }} /></div>
);

export const Empty = ({ title, children, good }: { title: string; children?: ReactNode; good?: boolean }) => (
  <div className="state">
    {good ? <Check aria-hidden /> : <Inbox aria-hidden />}
    <p><strong>{title}</strong></p>
    {children && <p>{children}</p>}
  </div>
);

export const Loading = ({ what }: { what: string }) => (
  <div className="state" role="status"><LoaderCircle className="spin" aria-hidden /><p>Reading {what} …</p></div>
);

type Failing = { networkError?: Error; graphQLErrors?: readonly { message: string; extensions?: Record<string, unknown> }[] };

const advice: Record<string, string> = {
  AUTH_NOT_AUTHORIZED: 'Your roles do not let you see this. Whoever administers Q2C can change them.',
  RATE_LIMITED: 'Too much was asked at once. Wait a few seconds, then try again.',
  OVERLOADED: 'The hub is busy. Wait a few seconds, then try again.',
};

/** What went wrong and what to do about it. */
export const Failure = ({ error, retry, what }: { error: Failing; retry?: () => void; what: string }) => {
  const first = error.graphQLErrors?.[0];
  const code = String(first?.extensions?.code ?? '');
  return (
    <div className="state bad" role="alert">
      <AlertTriangle aria-hidden />
      <p><strong>{`${what} could not be read.`}</strong></p>
      <p>{error.networkError
        ? 'The gateway does not answer. It is tried again by itself; if this stays, look whether the hub is running.'
        : advice[code] ?? first?.message ?? 'The gateway answered with something unexpected.'}</p>
      {retry && <Button small icon={<RefreshCw aria-hidden />} onPress={retry}>Try again</Button>}
    </div>
  );
};

/** Why something was refused, and what to do. */
export const Refused = ({ problems }: { problems: readonly { message: string; remedy: string }[] }) => problems.length === 0 ? null : (
  <div className="note bad" role="alert"><ul>{problems.map(each => <li key={each.message}>{each.message} <div className="remedy">{each.remedy}</div></li>)}</ul></div>
);

export const Window = ({ title, isOpen, onClose, children, wide }: {
  title: string; isOpen: boolean; onClose: () => void; children: ReactNode; wide?: boolean;
}) => (
  <ModalOverlay className="overlay" isOpen={isOpen} onOpenChange={open => { if (!open) onClose(); }} isDismissable>
    <Modal className={`window ${wide ? 'wide' : ''}`}>
      <Dialog>
        <header>
          <Heading slot="title">{title}</Heading>
          <AriaButton className="button icon" aria-label="Close" onPress={onClose}><X aria-hidden /></AriaButton>
        </header>
        {children}
      </Dialog>
    </Modal>
  </ModalOverlay>
);

export { RouterLink as Link };
