import { z } from 'zod'
import { compiledSchema } from '#protocol/compiled-schema.ts'
import { headerFault, isSpoken, type MessageHeader, messageHeader } from './header.ts'
import { type RequestBody, requestBodies } from './requests.ts'
import { type Category, categories } from './vocabulary.ts'

/** One request that can be worked on: `body` is what its category says. */
export type NexoRequest = { [C in Category]: { category: C; header: MessageHeader; body: RequestBody<C> } }[Category]

export type Transaction = Extract<
  NexoRequest,
  { category: 'CardAcquisition' | 'Loyalty' | 'BalanceInquiry' | 'Reversal' | 'Reconciliation' }
>

export type Decoded =
  | { ok: true; request: NexoRequest }
  /** Wrong, but it is known whose it is and what it asked: it gets its own category's response. */
  | { ok: false; header: MessageHeader; condition: 'MessageFormat' | 'UnavailableService'; reason: string }
  /** Nobody can be answered: the sender gets a notice of rejection. */
  | { ok: false; header?: undefined; reason: string }

/** The longest message: a basket of 500 lines is about 150 KiB. */
export const maxMessageBytes = 262_144

const envelope = compiledSchema(z.object({ SaleToPOIRequest: z.looseObject({ MessageHeader: messageHeader }) }))
const bodies = Object.fromEntries(
  categories.map((category) => [category, compiledSchema(requestBodies[category] as z.ZodType<unknown>)]),
) as Record<Category, ReturnType<typeof compiledSchema<unknown>>>

/**
 * One message of a till. Never throws; the reasons name fields and repeat no value, since one may be a card's number.
 */
export function decodeRequest(text: string): Decoded {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { ok: false, reason: 'the message is not JSON' }
  }
  const outer = envelope.safeParse(json)
  if (!outer.success) return { ok: false, reason: reasonOf(outer.error) }
  const { SaleToPOIRequest: message } = outer.data
  const { MessageHeader: header } = message
  const fault = headerFault(header)
  if (fault !== undefined) return { ok: false, header, condition: 'MessageFormat', reason: fault }
  const category = header.MessageCategory
  if (!isSpoken(category))
    return { ok: false, header, condition: 'UnavailableService', reason: `the club’s box does not do ${category}` }
  const named = `${category}Request`
  const body = bodies[category].safeParse(message[named] ?? emptyBodyOf(category))
  if (!body.success) return { ok: false, header, condition: 'MessageFormat', reason: reasonOf(body.error, named) }
  return { ok: true, request: { category, header, body: body.data } as NexoRequest }
}

/** Some requests say nothing but that they are there, and tills leave their empty body out. */
const emptyBodyOf = (category: Category): unknown =>
  category === 'Logout' || category === 'Diagnosis' || category === 'TransactionStatus' ? {} : undefined

function reasonOf(error: z.ZodError, within?: string): string {
  return error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${[...(within ? [within] : []), ...path.map(String)].join('.') || '(the message)'}: ${message}`)
    .join('; ')
}
