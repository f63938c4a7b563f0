import { type ConfigurationOrder, type ConfigurationRefusal, configurationOrder } from '#protocol/configuration.ts'
import { signedDocument, type VerifyingKey, verifyDocument } from '#protocol/signing.ts'
import type { ConfigurationRecord } from './record.ts'

export interface Refusal {
  key: ConfigurationRefusal
  reason: string
  version?: number
}

export type Verdict = { take: ConfigurationOrder; keyid: string } | { refuse: Refusal } | 'known'

/**
 * Whether what came by `down/configuration` is a configuration for this box, and newer than any before. `known`: it was
 * taken or refused already; the broker says it again at each connection. Never throws.
 */
export function judgeConfiguration(
  payload: Uint8Array,
  box: { club: string; store: string; keys: readonly VerifyingKey[]; record: ConfigurationRecord; now: number },
): Verdict {
  const refuse = (key: ConfigurationRefusal, reason: string, version?: number): Verdict => ({
    refuse: { key, reason, ...(version === undefined ? {} : { version }) },
  })
  const signed = signedDocument.safeParse(jsonIn(new TextDecoder().decode(payload)))
  if (!signed.success) return refuse('configuration.unreadable', 'it is no signed document')
  const { keyid } = signed.data
  const signature = verifyDocument(signed.data, box.keys, 'configuration')
  if (signature === 'key-unknown')
    return refuse('configuration.key-unknown', `no key “${keyid}” stands in programmeKeys of this box`)
  if (signature === 'forged') return refuse('configuration.forged', `the signature is not that of the key “${keyid}”`)
  const read = configurationOrder.safeParse(jsonIn(signed.data.document))
  if (!read.success) {
    const issue = read.error.issues[0]
    return refuse('configuration.unreadable', `${issue?.path.join('.') || '(top)'}: ${issue?.message}`)
  }
  const order = read.data
  const { version, rollbackof, expiresat } = order
  const { inForce, highest, refused } = box.record
  if (order.club !== box.club || order.store !== box.store)
    return refuse('configuration.other', `it was signed for ${order.store} of ${order.club}`, version)
  if (box.record.lastId === order.id || refused?.id === order.id) return 'known'
  if (Date.parse(expiresat) < box.now) return refuse('configuration.expired', `it was good until ${expiresat}`, version)
  if (rollbackof !== undefined) {
    // A box that has none yet leaves nothing.
    if (rollbackof === inForce?.version || highest === 0) return { take: order, keyid }
    return refuse(
      'configuration.older',
      `it leaves version ${rollbackof}, and ${inForce?.version ?? 'none'} is in force here`,
      version,
    )
  }
  if (version <= highest)
    return refuse(
      'configuration.older',
      `version ${highest} was given to this box before, and ${version} is no rollback of it`,
      version,
    )
  return { take: order, keyid }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
