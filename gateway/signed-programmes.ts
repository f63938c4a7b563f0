import type { z } from 'zod'
import { type Programme, parseProgramme } from '#programme/schema.ts'
import { type SignedDocument, signedDocument, type VerifyingKey, verifyDocument } from '#protocol/signing.ts'
import { type ProgrammeRefusal, programmeDown } from '#protocol/state.ts'

export interface Refusal {
  key: ProgrammeRefusal
  reason: string
}

/** A programme with the signed text that it was read from. */
export interface SignedProgramme {
  programme: Programme
  signed: SignedDocument
}

/** A box's programmes: what the club sent, and what was in force before it, for sales of that time. */
export interface SignedProgrammes {
  before?: SignedProgramme
  current: SignedProgramme
  next?: SignedProgramme
}

const parts = ['before', 'current', 'next'] as const
const keptProgrammes = programmeDown.extend({ before: signedDocument.optional() })

/**
 * Reads what came by `down/programme`, or what the box kept of it, where each document is signed by one of `keys` and is
 * a programme. Never throws.
 */
export function readProgrammes(json: unknown, keys: readonly VerifyingKey[]): SignedProgrammes | Refusal {
  const parsed = keptProgrammes.safeParse(json)
  if (!parsed.success) return unreadable(json, parsed.error)
  const read: Partial<SignedProgrammes> = {}
  for (const part of parts) {
    const signed = parsed.data[part]
    const one = signed && readSigned(signed, keys)
    if (one && 'key' in one) return { ...one, reason: `${part}: ${one.reason}` }
    if (one) read[part] = one
  }
  const { current, next } = read
  if (!current) return { key: 'programme.unreadable', reason: 'current: is missing' }
  return (next && orderFault(current.programme, next.programme)) ?? { ...read, current }
}

/** What `readProgrammes` reads again. */
export const writeProgrammes = (programmes: SignedProgrammes): string =>
  JSON.stringify(Object.fromEntries(parts.map((part) => [part, programmes[part]?.signed])))

function unreadable(json: unknown, error: z.ZodError): Refusal {
  const current = json !== null && typeof json === 'object' && 'current' in json ? json.current : undefined
  if (current !== null && typeof current === 'object' && !('signature' in current))
    return { key: 'programme.unsigned', reason: 'current: has no signature' }
  const issue = error.issues[0]
  return { key: 'programme.unreadable', reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}` }
}

function readSigned(signed: SignedDocument, keys: readonly VerifyingKey[]): SignedProgramme | Refusal {
  const verdict = verifyDocument(signed, keys)
  if (verdict === 'key-unknown')
    return {
      key: 'programme.key-unknown',
      reason: `it is signed with the key “${signed.keyid}”, which programmeKeys in gateway.yaml does not have`,
    }
  if (verdict === 'forged') return { key: 'programme.forged', reason: `the signature is not that of the key “${signed.keyid}”` }
  let json: unknown
  try {
    json = JSON.parse(signed.document)
  } catch {
    return { key: 'programme.invalid', reason: 'the document is not JSON' }
  }
  const parsed = parseProgramme(json)
  return parsed.ok ? { programme: parsed.programme, signed } : { key: 'programme.invalid', reason: parsed.reason }
}

function orderFault(current: Programme, next: Programme): Refusal | undefined {
  const key = 'programme.invalid'
  if (next.inForceFrom === undefined) return { key, reason: 'next: does not say from when it is in force' }
  if (next.version > current.version) return undefined
  return { key, reason: `next: is version ${next.version}, which is not above ${current.version}, the current one` }
}
