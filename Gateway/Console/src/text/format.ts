/** Numbers, money and dates as the reader's locale writes them. */

export type MoneyValue = { amount: number; currency: string };

const locale = navigator.languages;
const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(key: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.NumberFormat([...locale], options)));
  return format;
}

/** Exact: `12.528,00 €`. */
export const money = (value: MoneyValue | null | undefined): string => value == null
  ? '–'
  : numberFormat(`money ${value.currency}`, { style: 'currency', currency: value.currency }).format(value.amount);

/** For headlines, in as many digits as fit: `32.5K €`. Always shown beside or above an exact amount. */
export const shortMoney = (value: MoneyValue): string => Math.abs(value.amount) < 10_000
  ? numberFormat(`whole ${value.currency}`, { style: 'currency', currency: value.currency, maximumFractionDigits: 0 }).format(value.amount)
  : numberFormat(`short ${value.currency}`, {
    style: 'currency', currency: value.currency, notation: 'compact', maximumSignificantDigits: 4,
  }).format(value.amount);

export const number = (value: number | null | undefined, digits = 2): string => value == null
  ? '–'
  : numberFormat(`number ${digits}`, { maximumFractionDigits: digits }).format(value);

export const percent = (value: number | null | undefined): string => value == null
  ? '–'
  : numberFormat('percent', { style: 'percent', maximumFractionDigits: 1 }).format(value / 100);

const days = new Intl.DateTimeFormat([...locale], { year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' });
const months = new Intl.DateTimeFormat([...locale], { month: 'short', year: '2-digit', timeZone: 'UTC' });
const instants = new Intl.DateTimeFormat([...locale], { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
const exact = new Intl.DateTimeFormat([...locale], { dateStyle: 'full', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat([...locale], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const relative = new Intl.RelativeTimeFormat([...locale], { numeric: 'auto', style: 'short' });

/** A day of the calendar, which is the same everywhere. */
export const day = (value: string | null | undefined): string => value == null ? '–' : days.format(new Date(`${value}T00:00:00Z`));

export const month = (value: string): string => months.format(new Date(`${value}T00:00:00Z`));

/** An instant in the reader's zone. */
export const instant = (value: string | null | undefined): string => value == null ? '–' : instants.format(new Date(value));

export const exactInstant = (value: string): string => exact.format(new Date(value));

export const time = (value: string): string => clock.format(new Date(value));

const units: [Intl.RelativeTimeFormatUnit, number][] = [['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1]];

/** `3 hr. ago`. */
export function ago(value: string | null | undefined, now = Date.now()): string {
  if (value == null) return '–';
  const seconds = Math.round((new Date(value).getTime() - now) / 1000);
  const [unit, length] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  return relative.format(Math.trunc(seconds / length), unit);
}

const spans = (['day', 'hour', 'minute', 'second'] as const).map(unit =>
  new Intl.NumberFormat([...locale], { style: 'unit', unit, unitDisplay: 'narrow', maximumFractionDigits: 1 }));

/** How long something took: `2.5d`, `40m`, `3.1s`. */
export function span(seconds: number | null | undefined): string {
  if (seconds == null) return '–';
  const [index, length] = seconds >= 86_400 ? [0, 86_400] : seconds >= 3_600 ? [1, 3_600] : seconds >= 60 ? [2, 60] : [3, 1];
  return spans[index as number]!.format(seconds / (length as number));
}

/** `AWAITING_APPROVAL` → `Awaiting approval`. */
export const words = (value: string): string => {
  const text = value.replaceAll('_', ' ').toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
};

const kinds = /^(erp|psa|crm)\b/i;

/** `erp.invoice.post.v1` → `ERP invoice post`. */
export const operation = (name: string): string =>
  words(name.replace(/\.v\d+$/, '').replaceAll(/[.\-]/g, ' ')).replace(kinds, kind => kind.toUpperCase());

export const today = (): string => new Date().toISOString().slice(0, 10);

export const plural = (count: number, one: string, many = `${one}s`): string => `${number(count, 0)} ${count === 1 ? one : many}`;

/** Sums per currency; amounts of different currencies are never added. */
export function sums(values: readonly (MoneyValue | null | undefined)[]): MoneyValue[] {
  const minor = new Map<string, bigint>();
  for (const value of values) {
    if (!value) continue;
    minor.set(value.currency, (minor.get(value.currency) ?? 0n) + BigInt(Math.round(value.amount * 10_000)));
  }
  return [...minor].map(([currency, amount]) => ({ currency, amount: Number(amount) / 10_000 }));
}

