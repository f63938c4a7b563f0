import { z } from 'zod'
import type { SealingPrivateKey } from '#protocol/sealing.ts'
import { type SigningKey, signDocument, type VerifyingKey, verifyDocument, verifyingKey } from '#protocol/signing.ts'
import { readSecret } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'

const sealingKey = z.object({ keyid: z.string().min(1), publicKey: z.string().min(1), privateKey: z.string().min(1) })

const programmeKey = verifyingKey
  .extend({ privateKey: z.string().min(1).optional() })
  .refine(canSignIfPrivate, { path: ['privateKey'], error: 'is not the private key of this publicKey' })

/** A key for programmes: with its private part it signs, without it only tells what is signed with it. */
export type ProgrammeKey = VerifyingKey & Partial<SigningKey>

/** Reads the key that profiles are sealed to. Throws a `VafaError` that names the file. */
export const readSealingKey = (file: string): SealingPrivateKey =>
  readKey(file, sealingKey, 'the sealing key', '`vafa init FOLDER`')

/** Reads a key for programmes; the private part may be left out. Throws a `VafaError` that names the file. */
export function readProgrammeKey(file: string): ProgrammeKey {
  const { privateKey, ...key } = readKey(file, programmeKey, 'the key for programmes', '`vafa programme key --out FILE`')
  return privateKey === undefined ? key : { ...key, privateKey }
}

function readKey<T>(file: string, schema: z.ZodType<T>, what: string, command: string): T {
  try {
    return schema.parse(JSON.parse(readSecret(file, what)))
  } catch (error) {
    if (error instanceof VafaError) throw error
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined
    throw new VafaError({
      key: 'secret.invalid',
      message: `${file} does not hold ${what}${issue ? `: ${issue.path.join('.') || '(top)'}: ${issue.message}` : ': not JSON'}`,
      hint: `${command} writes one, as JSON with keyid, publicKey and privateKey`,
      cause: error,
    })
  }
}

function canSignIfPrivate({ privateKey, ...key }: VerifyingKey & { privateKey?: string | undefined }): boolean {
  if (privateKey === undefined) return true
  try {
    return verifyDocument(signDocument('', { ...key, privateKey }), [key]) === 'ok'
  } catch {
    return false
  }
}
