import type { SigningKey } from '#protocol/signing.ts'
import { VafaError } from '#runtime/errors.ts'
import type { ProgrammeKey } from '../key-file.ts'

/** The key with its private part; throws where that is not on this server. */
export function signingPart(key: ProgrammeKey): SigningKey {
  const { privateKey } = key
  if (privateKey !== undefined) return { ...key, privateKey }
  throw new VafaError({
    key: 'secret.invalid',
    message: 'the private key that signs programmes and orders is not on this server',
    hint: 'name it as `programmeKeyFile` while you give orders',
  })
}
