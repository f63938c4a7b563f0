import { hash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from './canonical-json.ts'
import { id, instant, name, sequence } from './ids.ts'

/**
 * How far `time` can be trusted: `synced` (the box's clock is disciplined), `corrected` (by the offset measured
 * against the club), `unsynced` (neither: the club goes by its own clock).
 */
export const clockTrust = z.enum(['synced', 'corrected', 'unsynced'])
export type ClockTrust = z.infer<typeof clockTrust>

/** `/stores/{store}/devices/{device}` */
export const source = z.string().regex(/^\/stores\/[a-z0-9-]{1,40}\/devices\/[a-z0-9-]{1,40}$/)

/** CloudEvents 1.0 in structured JSON mode, with Vafa's extension attributes (all strings, as CloudEvents wants). */
export const envelopeFields = {
  specversion: z.literal('1.0'),
  id,
  source,
  subject: name.meta({ description: 'the lane' }),
  time: instant.meta({ description: "when it happened, by the box's corrected clock" }),
  datacontenttype: z.literal('application/json'),
  boxid: id.meta({ description: 'the installation; a restored database is a new one' }),
  orderkey: z.string().min(1).max(64),
  originalid: z.string().min(1).max(120).optional(),
  bootid: id,
  clocksynced: clockTrust,
  traceparent: z.string().optional(),
}

export const requestFields = { ...envelopeFields, expiresat: instant }
export const factFields = { ...envelopeFields, sequence }

export const sourceOf = (store: string, device: string): string => `/stores/${store}/devices/${device}`

/** The parts of a source, or undefined where it is not one. */
export function parseSource(text: string): { store: string; device: string } | undefined {
  const match = /^\/stores\/([a-z0-9-]{1,40})\/devices\/([a-z0-9-]{1,40})$/.exec(text)
  return match?.[1] && match[2] ? { store: match[1], device: match[2] } : undefined
}

/**
 * SHA-256 (hex) over the event's canonical JSON (keys sorted) without `traceparent`. Two messages with one id and
 * two hashes are a conflict; one with the same hash is a repeat. `text`: what the event was read from, where it is at
 * hand; that makes it quicker.
 */
export function bodyHash(event: object, text?: string): string {
  const { traceparent, ...body } = event as Record<string, unknown>
  const escapes = text === undefined || text.includes('\\') ? 'possible' : 'none'
  return hash('sha256', canonicalJson(traceparent === undefined ? event : body, escapes), 'hex')
}
