import { type CredentialKind, credentialKinds } from '#protocol/credentials.ts'
import type { AppliedEffect, Effect } from '#protocol/effects.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import { readPrivateData, type Tagged, tagValue, tagValues } from '#protocol/iso8583/private-data.ts'
import type { ShownCredential, TillSale } from '#protocol/lane.ts'
import { type BasketLine, type Tender, tenderKinds } from '#protocol/messages.ts'

/** A message that cannot be taken as it is: DE 39 is 30 (format) or 13 (amount), DE 44 says why. */
export class Refused extends Error {
  readonly code: '12' | '13' | '30'
  constructor(code: '12' | '13' | '30', reason: string) {
    super(reason)
    this.code = code
  }
}

const refuse = (reason: string): never => {
  throw new Refused('30', reason)
}

/** The private fields of a request, read once. Throws `Refused` where one is not made of tags. */
export function tagsOf({ fields }: IsoMessage): { 48: Tagged[]; 60: Tagged[]; 62: Tagged[] } {
  const read = (field: 48 | 60 | 62) => readPrivateData(fields[field]) ?? refuse(`DE ${field}: no tags`)
  return { 48: read(48), 60: read(60), 62: read(62) }
}
export type RequestTags = ReturnType<typeof tagsOf>

/** Rials as digits. */
function rials(text: string | undefined, where: string): number | undefined {
  if (text === undefined) return undefined
  return /^\d{1,15}$/.test(text) ? Number(text) : refuse(`${where}: no amount`)
}

export const amountOf = ({ fields }: IsoMessage): number => Number(fields[4] ?? 0)

/** Whom the terminal has read: DE 48 CR, else the track of DE 35, else the number of DE 2. */
export function credentialOf({ fields }: IsoMessage, tags: RequestTags): ShownCredential | undefined {
  const shown = tagValue(tags[48], 'CR')
  if (shown !== undefined) {
    const colon = shown.indexOf(':')
    const kind = shown.slice(0, colon)
    const value = shown.slice(colon + 1)
    if (!credentialKinds.includes(kind as CredentialKind) || value === '') refuse('DE 48 CR: no credential')
    return { kind: kind as CredentialKind, value }
  }
  // The number alone: what follows it on the track may change when a card is made again.
  const track = fields[35]?.split(/[=D]/)[0]
  if (track) return { kind: 'magstripe', value: track }
  return fields[2] ? { kind: 'member-number', value: fields[2] } : undefined
}

function lineOf(text: string): BasketLine {
  const [quantity = '', amount = '', product = '', category = '', ...name] = text.split(';')
  const count = Number(quantity)
  if (!/^\d{1,7}(\.\d{1,3})?$/.test(quantity) || count === 0 || count > 1_000_000 || product === '' || product.length > 60)
    refuse('DE 48 LN: no line')
  return {
    product,
    quantity: count,
    amount: rials(amount, 'DE 48 LN') ?? 0,
    ...(category ? { category: category.slice(0, 60) } : {}),
    ...(name.length > 0 ? { name: name.join(';').slice(0, 120) } : {}),
  }
}

/** What was given by the terminal itself: the discounts of an advice, and what else it promised. */
export function givenOf(tags: RequestTags): { applied: AppliedEffect[]; effects: Effect[]; redeemed: number } {
  const applied: AppliedEffect[] = []
  const effects: Effect[] = []
  for (const text of tagValues(tags[48], 'EF')) {
    const [kind, amount, ruleid = ''] = text.split(';')
    const granted = rials(amount, 'DE 48 EF') ?? 0
    if (ruleid === '' || ruleid.length > 60) refuse('DE 48 EF: no rule')
    if (kind === 'discount') applied.push({ kind, ruleid, amount: granted, currency: 'IRR' })
    else if (kind === 'credit') effects.push({ kind, ruleid, desired: granted, granted, currency: 'IRR' })
  }
  return { applied, effects, redeemed: rials(tagValue(tags[48], 'RD'), 'DE 48 RD') ?? 0 }
}

export const batchOf = (tags: RequestTags): string | undefined => tagValue(tags[60], 'BN')?.slice(0, 6)

/** The price before discounts and credit: DE 48 TL, else DE 4. */
export const totalOf = (message: IsoMessage, tags: RequestTags): number =>
  rials(tagValue(tags[48], 'TL'), 'DE 48 TL') ?? amountOf(message)

/** The sale as a till would say it; `total` in rials. */
export function saleOf(message: IsoMessage, tags: RequestTags, total: number): TillSale {
  const lines = [...tagValues(tags[48], 'LN'), ...tagValues(tags[62], 'LN')].map(lineOf)
  const operator = tagValue(tags[60], 'OP')
  const shift = tagValue(tags[60], 'SH')
  const batch = batchOf(tags)
  return {
    tillreceipt: (tagValue(tags[60], 'TR') ?? `${batch ? `${batch}-` : ''}${message.fields[11] ?? ''}`).slice(0, 60),
    ...(operator ? { operator: operator.slice(0, 60) } : {}),
    ...(shift ? { shift: shift.slice(0, 60) } : {}),
    total,
    lines,
  }
}

/** How it was paid: DE 60 TN, else all of it by card; a purchase that credit pays whole has no tenders. */
export function tendersOf(message: IsoMessage, tags: RequestTags): Tender[] {
  const said = tagValues(tags[60], 'TN').map((text): Tender => {
    const [kind, amount] = text.split(';')
    const known = tenderKinds.find((name) => name === kind) ?? refuse('DE 60 TN: no tender')
    return { kind: known, amount: rials(amount, 'DE 60 TN') ?? 0 }
  })
  if (said.length > 0) return said
  const paid = amountOf(message)
  return paid > 0 ? [{ kind: 'card', amount: paid }] : []
}

/** `MMDDhhmmss` in UTC as an instant: of the years around `now` the one that brings it nearest; undefined for no date. */
export function instantOf(transmission: string | undefined, now: number): number | undefined {
  const match = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(transmission ?? '')
  if (!match) return undefined
  const [month, day, hour, minute, second] = match.slice(1).map(Number) as [number, number, number, number, number]
  const year = new Date(now).getUTCFullYear()
  const instants = [year - 1, year, year + 1].flatMap((y) => {
    const at = Date.UTC(y, month - 1, day, hour, minute, second)
    const date = new Date(at)
    return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60 ? [at] : []
  })
  return instants.sort((a, b) => Math.abs(a - now) - Math.abs(b - now))[0]
}

/** DE 15 `MMDD` as a civil date near `now`; undefined for none. */
export function businessDateOf(settlement: string | undefined, now: number): string | undefined {
  if (settlement === undefined) return undefined
  const at = instantOf(`${settlement}120000`, now)
  if (at === undefined) return refuse('DE 15: no date')
  return new Date(at).toISOString().slice(0, 10)
}
