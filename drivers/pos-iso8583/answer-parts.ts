import type { Balance, Effect, Prompt } from '#protocol/effects.ts'
import type { ReplyError } from '#protocol/errors.ts'
import { rial, writeBalances } from '#protocol/iso8583/amounts.ts'
import { codeOfError, type ResponseCode } from '#protocol/iso8583/codes.ts'
import type { FieldNumber } from '#protocol/iso8583/fields.ts'
import type { IsoFields } from '#protocol/iso8583/message.ts'
import { bytesOf, fitting, longestValue, type Tagged, writePrivateData } from '#protocol/iso8583/private-data.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import { referenceOf } from '#protocol/reference.ts'
import type { MemberSummary } from '#protocol/reply.ts'
import type { Localised } from '#protocol/text.ts'
import { renderText } from '#receipts/render-text.ts'
import { asciiText } from './ascii-text.ts'
import type { TerminalPlace } from './place.ts'

/** The fields of an answer besides those that echo the request. */
export type Answer = { [F in Exclude<FieldNumber, 39>]?: string | undefined } & { 39: ResponseCode }
/** Fields of an answer without its outcome. */
export type AnswerFields = Omit<IsoFields, 39>

/** DE 37: the receipt's code, `7K3M9-QXZ2A` as `007K3M9QXZ2A`. */
export const retrievalOf = (reference: string): string => `00${reference.replace('-', '')}`.slice(0, 12)

/** DE 37 as people write the code. */
export const referenceFrom = (retrieval: string): string => retrieval.trim().replace(/^00/, '')

export const say = (text: string, { charset }: TerminalPlace): string => (charset === 'ascii' ? asciiText(text) : text)

const told = (text: Localised, place: TerminalPlace): string => say(text[place.language], place)

/**
 * Control characters have no place in a field of text. Marks of direction go too: a terminal that orders mixed lines by
 * itself does not need them, and others show them as boxes. The half-space stays: it shapes Persian letters.
 */
const clean = (text: string): string => text.replace(/[\u200e\u200f\u2066-\u2069]/g, '').replace(/[\p{Cc}\p{Cs}]/gu, ' ')

const tag = (name: string, value: string | number | undefined, limit = 200): Tagged[] =>
  value === undefined || value === '' ? [] : [[name, fitting(clean(String(value)), limit)]]

interface Standing {
  member?: MemberSummary | undefined
  balances?: readonly Balance[] | undefined
  prompts?: readonly Prompt[] | undefined
}

/** DE 54 and 61: who it is, what they have, what to say. */
export function standingFields({ member, balances = [], prompts = [] }: Standing, place: TerminalPlace): AnswerFields {
  const points = balances.filter(({ unit }) => unit !== 'credit')
  const text = writePrivateData([
    ...(member
      ? [
          ...tag('MN', member.number.slice(-4)),
          ...tag('NM', member.displayName && say(member.displayName, place)),
          ...tag('TI', member.tier),
          ...tag('VI', member.visits),
        ]
      : []),
    ...points.flatMap(({ unit, name, available }) => tag('PT', `${unit};${name ?? ''};${available}`)),
    ...prompts.flatMap(({ audience, text: line }) => tag(audience === 'operator' ? 'PO' : 'PC', told(line, place))),
  ])
  const amounts = writeBalances(balances)
  return { ...(amounts ? { 54: amounts } : {}), ...(text ? { 61: text } : {}) }
}

const amountOfEffect = (effect: Effect): number | undefined =>
  'granted' in effect ? effect.granted : 'amount' in effect ? effect.amount : undefined

/** DE 48 of effects: what each rule gives. */
export const effectTags = (effects: readonly Effect[]): Tagged[] =>
  effects.flatMap((effect) => {
    const amount = amountOfEffect(effect)
    return amount === undefined || amount === 0 ? [] : tag('EF', `${effect.kind};${amount};${effect.ruleid}`)
  })

const statusLetters = { accepted: 'A', provisional: 'P', quarantined: 'Q', 'pending-original': 'O' } as const
export type BookedStatus = keyof typeof statusLetters

/** DE 37, 38, 48 and 49 of what is booked. */
export function bookedFields({
  subject,
  status,
  reference,
  effects = [],
}: {
  /** The id of what is booked: a sale's or a return's. */
  subject: string
  status?: BookedStatus
  reference?: string | undefined
  effects?: readonly Effect[]
}): AnswerFields {
  const retrieval = retrievalOf(reference ?? referenceOf(subject))
  const text = writePrivateData([
    ...(status ? [['ST', statusLetters[status]] as const] : []),
    ['SI', subject],
    ...effectTags(effects),
  ])
  return { 37: retrieval, 38: retrieval.slice(-6), ...(text ? { 48: text } : {}), 49: rial }
}

/** DE 63 and 62: the receipt as lines, as many as they hold. */
export function receiptFields(receipt: ReceiptDocument | undefined, place: TerminalPlace): AnswerFields {
  const { receiptColumns: columns, language, timeZone } = place
  if (!receipt || columns === 0) return {}
  const lines = renderText(receipt, { language, columns, timeZone }).map((line) => say(clean(line).trimEnd(), place))
  const pages: string[] = ['']
  for (const line of lines) {
    const page = pages.at(-1) ?? ''
    const longer = page === '' ? line : `${page}\n${line}`
    if (bytesOf(longer) <= longestValue) pages[pages.length - 1] = longer
    else if (pages.length < 2) pages.push(line)
    else break
  }
  const [first, second] = pages.map((page) => writePrivateData([['TX', page]]))
  return { ...(first ? { 63: first } : {}), ...(second ? { 62: second } : {}) }
}

/** DE 39, 44 and 61 of what was refused: `reason` for technicians, title and way out for the cashier. */
export function refusal(error: ReplyError, place: TerminalPlace): Answer {
  const text = writePrivateData(tag('ER', `${told(error.title, place)}. ${told(error.detail, place)}`, 400))
  return {
    39: codeOfError(error),
    ...(error.reason === undefined ? {} : { 44: reasonText(error.reason) }),
    ...(text ? { 61: text } : {}),
  }
}

/** DE 44: 25 characters of ASCII. */
export const reasonText = (reason: string): string => asciiText(clean(reason)).slice(0, 25)
