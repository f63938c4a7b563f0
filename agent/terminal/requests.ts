import { rial, writeAmount } from '#protocol/iso8583/amounts.ts'
import type { NetworkCode, ProcessingCode } from '#protocol/iso8583/codes.ts'
import type { IsoFields, IsoMessage } from '#protocol/iso8583/message.ts'
import { writeOriginal } from '#protocol/iso8583/original.ts'
import { longestValue, type Tagged, writePrivateData } from '#protocol/iso8583/private-data.ts'
import type { ShownCredential } from '#protocol/lane.ts'
import type { BasketLine, Tender } from '#protocol/messages.ts'

/**
 * What names a transaction in the terminal's journal. It is made once, before the first message, and every message of the
 * transaction carries it: quote, hold, sale, repeats and reversal.
 */
export interface Transaction {
  terminal: string
  /** Trace numbers may begin again with each batch. */
  batch: string
  /** DE 11, six digits. */
  trace: string
  /** DE 13 and 12: local `MMDDhhmmss`. */
  local: string
  /** DE 7: UTC `MMDDhhmmss` as first sent. */
  transmission: string
}

export interface TerminalSale {
  /** Rials, before discounts and credit. */
  total: number
  lines?: readonly BasketLine[]
  tillreceipt?: string
  operator?: string
  shift?: string
  credential?: ShownCredential
}

const digits = (date: Date): string => date.toISOString().slice(5, 19).replace(/\D/g, '')

/** A transaction that begins at `now` (milliseconds since 1970) where local time is `offsetMinutes` ahead of UTC. */
export function beginTransaction(options: {
  terminal: string
  batch: string
  trace: number
  now: number
  offsetMinutes: number
}): Transaction {
  const { terminal, batch, trace, now, offsetMinutes } = options
  return {
    terminal,
    batch,
    trace: String(trace).padStart(6, '0'),
    local: digits(new Date(now + offsetMinutes * 60_000)),
    transmission: digits(new Date(now)),
  }
}

const frame = ({ terminal, trace, local, transmission }: Transaction): IsoFields => ({
  7: transmission,
  11: trace,
  12: local.slice(4),
  13: local.slice(0, 4),
  41: terminal,
})

const coded = (processing: ProcessingCode): IsoFields => ({ 3: `${processing}0000` })

const optional = (tags: { [F in 48 | 60 | 62]?: string | undefined }): IsoFields =>
  Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== undefined))

const batchTags = ({ batch }: Transaction): Tagged[] => [['BN', batch]]

const saleTags = (sale: TerminalSale): Tagged[] => [
  ['TR', sale.tillreceipt ?? ''],
  ['OP', sale.operator ?? ''],
  ['SH', sale.shift ?? ''],
]

/** `credential` as DE 48 says it. */
const credentialTag = (credential: ShownCredential | undefined): Tagged[] =>
  credential ? [['CR', `${credential.kind}:${credential.value}`]] : []

const lineText = ({ quantity, amount, product, category = '', name = '' }: BasketLine): string =>
  [quantity, amount, product, category, name].join(';').replace(/;+$/, '')

/** Basket lines go into DE 48 as far as it holds them, the rest into DE 62. A basket that is too long is left out whole. */
function basketFields(
  first: readonly Tagged[],
  lines: readonly BasketLine[],
): { 48?: string | undefined; 62?: string | undefined } {
  const tagged = lines.map((line): Tagged => ['LN', lineText(line)])
  let here = tagged.length
  const fits = (tags: readonly Tagged[]) =>
    tags.reduce((sum, [, value]) => sum + 5 + Buffer.byteLength(value), 0) <= longestValue + 5
  while (here > 0 && !fits([...first, ...tagged.slice(0, here)])) here -= 1
  const rest = tagged.slice(here)
  if (!fits(rest)) return { 48: writePrivateData(first) }
  return { 48: writePrivateData([...first, ...tagged.slice(0, here)]), 62: writePrivateData(rest) }
}

export const whoIsThis = (transaction: Transaction, credential: ShownCredential): IsoMessage => ({
  mti: '0100',
  fields: {
    ...coded('31'),
    ...frame(transaction),
    ...optional({ 48: writePrivateData(credentialTag(credential)), 60: writePrivateData(batchTags(transaction)) }),
  },
})

export const quoteOf = (transaction: Transaction, sale: TerminalSale): IsoMessage => ({
  mti: '0100',
  fields: {
    ...coded('00'),
    ...frame(transaction),
    4: writeAmount(sale.total),
    49: rial,
    ...optional({
      ...basketFields(credentialTag(sale.credential), sale.lines ?? []),
      60: writePrivateData([...batchTags(transaction), ...saleTags(sale)]),
    }),
  },
})

/** `amount`: credit that pays a part of the quoted sale; 0 gives it back. */
export const holdOf = (transaction: Transaction, amount: number): IsoMessage => ({
  mti: '0100',
  fields: {
    ...coded('18'),
    ...frame(transaction),
    4: writeAmount(amount),
    49: rial,
    ...optional({ 60: writePrivateData(batchTags(transaction)) }),
  },
})

export interface PaidSale extends TerminalSale {
  /** What the customer paid: the quote's payable, or the total where there was no quote. */
  paid: number
  tenders?: readonly Tender[]
}

function paidFields(transaction: Transaction, sale: PaidSale, given: readonly Tagged[]): IsoFields {
  const total: Tagged[] = sale.total === sale.paid ? [] : [['TL', String(sale.total)]]
  return {
    ...coded('00'),
    ...frame(transaction),
    4: writeAmount(sale.paid),
    49: rial,
    ...optional({
      ...basketFields([...credentialTag(sale.credential), ...total, ...given], sale.lines ?? []),
      60: writePrivateData([
        ...batchTags(transaction),
        ...saleTags(sale),
        ...(sale.tenders ?? []).map(({ kind, amount }): Tagged => ['TN', `${kind};${amount}`]),
      ]),
    }),
  }
}

export const saleOf = (transaction: Transaction, sale: PaidSale): IsoMessage => ({
  mti: '0200',
  fields: paidFields(transaction, sale, []),
})

/** What the terminal gave by itself while nobody answered. */
export interface Given {
  discounts?: readonly { amount: number; ruleid: string }[]
  redeemed?: number
}

export const adviceOf = (transaction: Transaction, sale: PaidSale, { discounts = [], redeemed = 0 }: Given = {}): IsoMessage => ({
  mti: '0220',
  fields: paidFields(transaction, sale, [
    ...discounts.map(({ amount, ruleid }): Tagged => ['EF', `discount;${amount};${ruleid}`]),
    ...(redeemed > 0 ? [['RD', String(redeemed)] as const] : []),
  ]),
})

/** `reference`: the receipt's code of the sale; `amount`: of its price before discounts. */
export const returnOf = (transaction: Transaction, { reference, amount }: { reference: string; amount: number }): IsoMessage => ({
  mti: '0200',
  fields: {
    ...coded('20'),
    ...frame(transaction),
    4: writeAmount(amount),
    37: retrieval(reference),
    49: rial,
    ...optional({ 60: writePrivateData(batchTags(transaction)) }),
  },
})

export const pastSaleOf = (transaction: Transaction, reference: string): IsoMessage => ({
  mti: '0100',
  fields: {
    ...coded('39'),
    ...frame(transaction),
    37: retrieval(reference),
    ...optional({ 60: writePrivateData(batchTags(transaction)) }),
  },
})

const retrieval = (reference: string): string => reference.replace(/-/g, '').padStart(12, '0').slice(0, 12)

/**
 * What undoes a message that was sent, answered or not. It keeps the original's numbers and times, so that it is matched
 * also where the original never arrived. `0400` while the customer waits, `0420` from the journal.
 */
export function reversalOf(original: IsoMessage, mti: '0400' | '0420'): IsoMessage {
  const {
    3: processing,
    4: amount,
    7: transmission = '',
    11: trace = '',
    12: time,
    13: date,
    41: terminal,
    60: batch,
  } = original.fields
  return {
    mti,
    fields: {
      ...defined({ 3: processing, 4: amount, 12: time, 13: date, 41: terminal, 60: batch }),
      7: transmission,
      11: trace,
      90: writeOriginal({ mti: original.mti, trace, transmission }),
    },
  }
}

const defined = (fields: { [F in keyof IsoFields]?: string | undefined }): IsoFields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** The same again: the type says so, nothing else changes. */
export const repeatOf = ({ mti, fields }: IsoMessage): IsoMessage => ({ mti: `${mti.slice(0, 3)}1`, fields })

export interface DayTotals {
  sales: number
  total: number
  discount: number
  reversed: number
}

/** The terminal's totals of a business day `YYYY-MM-DD`; without totals it asks for the box's. */
export const reconciliationOf = (transaction: Transaction, day: string, totals?: DayTotals): IsoMessage => ({
  mti: '0500',
  fields: {
    ...frame(transaction),
    15: day.slice(5).replace('-', ''),
    ...(totals ? { 76: String(totals.sales), 77: String(totals.reversed), 88: String(totals.total) } : {}),
    ...optional({
      60: writePrivateData([...batchTags(transaction), ...(totals ? [['DD', String(totals.discount)] as const] : [])]),
    }),
  },
})

export const networkOf = (
  transaction: Transaction,
  code: NetworkCode,
  { operator = '', shift = '' }: { operator?: string; shift?: string } = {},
): IsoMessage => ({
  mti: '0800',
  fields: {
    ...frame(transaction),
    70: code,
    ...optional({ 60: writePrivateData([...batchTags(transaction), ['OP', operator], ['SH', shift]]) }),
  },
})
