import type { LiveEvent } from '#protocol/head-office/live.ts'
import { id as idSchema } from '#protocol/ids.ts'

/** Only what a box asks itself. */
const dull = new Set(['box.heartbeat'])

const isAmount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value.slice(0, 60) : undefined)

/**
 * What a page is told of a fact or a request: what it was, where and for how much; of whom, nothing: no token, no member,
 * no profile. Undefined where it is no message, or one that nobody wants to see.
 */
export function storeEventOf(store: string, payload: Buffer): LiveEvent | undefined {
  let message: Record<string, unknown>
  try {
    message = JSON.parse(payload.toString('utf8')) as Record<string, unknown>
  } catch {
    return undefined
  }
  if (message === null || typeof message !== 'object') return undefined
  const id = idSchema.safeParse(message.id).data
  const at = typeof message.time === 'string' ? new Date(message.time) : undefined
  const what = /^vafa\.([a-z.-]{1,40})\.v\d+$/.exec(String(message.type))?.[1]
  if (id === undefined || what === undefined || !at || Number.isNaN(at.getTime()) || dull.has(what)) return undefined
  const data = (message.data ?? {}) as Record<string, unknown>
  const shown = (data.credential ?? data.member) as { kind?: unknown } | null | undefined
  const amount = [data.payable, data.total, data.amount].find(isAmount)
  const currency = typeof data.currency === 'string' && /^[A-Z]{3}$/.test(data.currency) ? data.currency : undefined
  const device = /\/devices\/([a-z0-9-]{1,40})$/.exec(String(message.source))?.[1]
  const credential = text(shown?.kind)
  return {
    ...{ id, at: at.toISOString(), store, lane: text(message.subject) ?? '', what },
    ...(device === undefined ? {} : { device }),
    ...(amount === undefined ? {} : { amount }),
    ...(currency === undefined ? {} : { currency }),
    ...(credential === undefined ? {} : { credential }),
  }
}
