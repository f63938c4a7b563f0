import { normaliseText } from './text.ts'

/**
 * The code of a digital card: it changes every half minute (RFC 6238), so that a picture of it is soon worth nothing.
 * What is shown is `prefix`, the card's own number, a point, and eight digits. The box adds when it saw it.
 */
export interface RotatingCode {
  card: string
  digits: string
}

/** Seconds for which one code is shown. */
export const codePeriod = 30
export const codeDigits = 8
/** What codes begin with where nothing else is configured. */
export const codePrefix = 'VAFA1:'

const shown = /^([A-Z0-9]{8,26})\.(\d{8})$/

export const writeCode = ({ card, digits }: RotatingCode, prefix = codePrefix): string => `${prefix}${card}.${digits}`

/** A code as a scanner read it; undefined where it is something else. */
export function readCode(text: string, prefix: string): RotatingCode | undefined {
  if (!text.startsWith(prefix)) return undefined
  const [, card, digits] = shown.exec(text.slice(prefix.length)) ?? []
  return card === undefined || digits === undefined ? undefined : { card, digits }
}

/** `seenAt`: milliseconds since 1970, by the box's corrected clock. */
export const codeProof = ({ card, digits }: RotatingCode, seenAt: number): string => `${card}.${digits}@${Math.floor(seenAt)}`

export function parseCodeProof(text: string): (RotatingCode & { seenAt: number }) | undefined {
  const [, code = '', at] = /^(.{1,60})@(\d{1,15})$/.exec(text) ?? []
  const read = at === undefined ? undefined : readCode(code, '')
  return read && { ...read, seenAt: Number(at) }
}

/** A one-time code of digits only, as people type it where nothing scans: both halves, one after the other. */
const typed = /^(\d{8})(\d{8})$/

/** What was typed as a member's number, where it has the digits of a one-time code. */
export function codeOfDigits(text: string): RotatingCode | undefined {
  const [, card, digits] = typed.exec(normaliseText(text).replace(/[\s-]/g, '')) ?? []
  return card === undefined || digits === undefined ? undefined : { card, digits }
}
