import type { Language } from '#protocol/text.ts'
import { maxKeyLength } from '../till/idempotency.ts'

/**
 * The key in an `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header-07): a string of RFC 8941 in quotes;
 * many clients leave those out, and mean the same. Undefined where it is neither.
 */
export function readIdempotencyKey(header: string): string | undefined {
  const text = header.trim()
  const quoted = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(text)
  const key = quoted ? quoted[1]?.replace(/\\(["\\])/g, '$1') : /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text) ? text : undefined
  return key !== undefined && key.length > 0 && key.length <= maxKeyLength ? key : undefined
}

export interface Preference {
  /** Only the first answer is waited for. */
  respondAsync: boolean
  waitMs?: number
}

/** What `Prefer` asks of a long answer (RFC 7240); what it does not know it passes over. */
export function readPrefer(header: string): Preference {
  const wanted = header.split(',').map((one) => one.trim().toLowerCase())
  const seconds = wanted.map((one) => /^wait\s*=\s*(\d{1,4})$/.exec(one)?.[1]).find((digits) => digits !== undefined)
  return {
    respondAsync: wanted.includes('respond-async'),
    ...(seconds === undefined ? {} : { waitMs: Number(seconds) * 1_000 }),
  }
}

/** Of Persian and English what `Accept-Language` likes better; Persian where it says nothing of either. */
export function readLanguage(header: string): Language {
  const weight = (language: Language): number =>
    Math.max(
      -1,
      ...header.split(',').map((one) => {
        const [range = '', ...parameters] = one.trim().toLowerCase().split(';')
        if (range !== language && !range.startsWith(`${language}-`)) return -1
        const q = parameters.map((parameter) => /^\s*q=([01](?:\.\d{0,3})?)$/.exec(parameter)?.[1]).find(Boolean)
        return q === undefined ? 1 : Number(q)
      }),
    )
  return weight('en') > weight('fa') ? 'en' : 'fa'
}

/** The key in `Authorization: Bearer …` (RFC 6750). */
export const readBearer = (header: string): string | undefined => /^bearer +([\x21-\x7e]{1,500})$/i.exec(header.trim())?.[1]
