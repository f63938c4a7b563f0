import { z } from 'zod'
import { id, instant, name } from './ids.ts'

/** Bytes of one package. */
export const packageMax = 500_000_000

/** Of a released Vafa; versions compare number by number. */
export const releaseVersion = z.string().regex(/^\d{1,4}\.\d{1,4}\.\d{1,4}$/, 'must be a version such as 0.2.0')
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower case')

/**
 * An update as head office signs it (`document` of a `signedDocument`, context “vafa update v1”): which packages make which
 * version, and in which order stores get it. It comes by `down/update` when a store’s turn has come.
 */
export const updateManifest = z.object({
  id,
  club: name,
  version: releaseVersion,
  older: z.literal('allowed').optional().meta({ description: 'boxes of a newer version go back to this one' }),
  actor: z.string().min(1).max(80),
  at: instant,
  expiresat: instant,
  packages: z
    .array(z.object({ architecture: z.enum(['amd64', 'arm64']), sha256, size: z.int().min(1).max(packageMax) }))
    .min(1)
    .max(2),
  stages: z
    .array(z.object({ name, stores: z.array(name).max(10_000) }))
    .min(1)
    .max(20)
    .meta({ description: 'the next one begins when the one before is healthy' }),
  healthyseconds: z.int().min(5).max(3_600).meta({ description: 'how long a box has to come up healthy with it' }),
})
export type UpdateManifest = z.infer<typeof updateManifest>

/** How far a box is with an update: `rolled-back` works as before, by itself; `failed` is for a person to look at. */
export const updateStatus = z.enum(['downloading', 'installing', 'done', 'refused', 'failed', 'rolled-back'])
export type UpdateStatus = z.infer<typeof updateStatus>

export const updateState = z.object({
  id,
  version: releaseVersion,
  status: updateStatus,
  reason: z.string().max(2_000).optional(),
  at: instant,
})
export type UpdateState = z.infer<typeof updateState>

/** Negative where `a` is older than `b`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((one) => one.split('.').map(Number))
  for (const [index, number] of (left ?? []).entries()) {
    const difference = number - (right?.[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
