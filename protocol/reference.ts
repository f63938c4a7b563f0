import { hash } from 'node:crypto'

/** Crockford's base 32: no I, L, O or U, so that a code can be read aloud and typed. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * What people call a sale: ten characters of the sale id's hash, `7K3M9-QXZ2A`. Club and box make the same one
 * without asking each other. Should two sales ever share it, the club makes the later one's with `attempt` 1, 2 …
 */
export function referenceOf(saleid: string, attempt = 0): string {
  const digest = hash('sha256', attempt === 0 ? saleid : `${saleid}|${attempt}`, 'buffer')
  let code = ''
  for (let index = 0; index < 10; index++) code += `${index === 5 ? '-' : ''}${alphabet[(digest[index] ?? 0) % 32]}`
  return code
}

/** What the QR of a receipt holds. */
export const referenceQr = (club: string, reference: string): string => `vafa:${club}:${reference}`

/** The club that a receipt's QR names; undefined for what is typed. */
export const clubOfQr = (text: string): string | undefined => /^\s*vafa:([^:]*):/i.exec(text)?.[1]

/** A reference as it was typed or scanned (also the QR's whole content) in its one form; undefined where it is none. */
export function normaliseReference(text: string): string | undefined {
  const last = text.trim().split(':').at(-1) ?? ''
  const code = last.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  return /^[0-9A-HJKMNP-TV-Z]{10}$/.test(code) ? `${code.slice(0, 5)}-${code.slice(5)}` : undefined
}
