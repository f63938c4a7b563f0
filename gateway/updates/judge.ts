import { signedDocument, type VerifyingKey, verifyDocument } from '#protocol/signing.ts'
import { compareVersions, type UpdateManifest, updateManifest } from '#protocol/update.ts'

export interface UpdateJudge {
  keys: readonly VerifyingKey[]
  /** What works here now. */
  version: string
  /** As Debian calls it. */
  architecture: string
  /** Milliseconds since 1970. */
  now: number
}

export type UpdateVerdict =
  | { take: UpdateManifest; package: UpdateManifest['packages'][number] }
  /** What it names works here already. */
  | { has: UpdateManifest }
  | { refuse: string; manifest?: UpdateManifest }

/**
 * Whether a signed manifest is an update for a machine. The box asks before it downloads; who installs asks again, by keys
 * that the box cannot write. Never throws.
 */
export function judgeUpdate(json: unknown, { keys, version, architecture, now }: UpdateJudge): UpdateVerdict {
  const signed = signedDocument.safeParse(json)
  if (!signed.success) return { refuse: 'it is no signed document' }
  const signature = verifyDocument(signed.data, keys, 'update')
  if (signature === 'key-unknown') return { refuse: `no key “${signed.data.keyid}” is trusted with updates on this machine` }
  if (signature === 'forged') return { refuse: `the signature is not that of the key “${signed.data.keyid}”` }
  const read = updateManifest.safeParse(jsonIn(signed.data.document))
  if (!read.success) return { refuse: `${read.error.issues[0]?.path.join('.') || '(top)'}: ${read.error.issues[0]?.message}` }
  const manifest = read.data
  const refuse = (reason: string): UpdateVerdict => ({ refuse: reason, manifest })
  const order = compareVersions(manifest.version, version)
  if (order === 0) return { has: manifest }
  if (Date.parse(manifest.expiresat) < now) return refuse(`it was good until ${manifest.expiresat}`)
  if (order < 0 && manifest.older === undefined)
    return refuse(`${manifest.version} is older than ${version}, and not signed as a way back`)
  const found = manifest.packages.find((one) => one.architecture === architecture)
  return found ? { take: manifest, package: found } : refuse(`it has no package for ${architecture}`)
}

export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
