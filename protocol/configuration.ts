import { z } from 'zod'
import { id, instant, name } from './ids.ts'

/** Characters of a gateway.yaml that head office may push; brokers take messages of 256 KiB. */
export const configurationMax = 60_000

const version = z.int().min(1).max(1_000_000_000)

/**
 * A store's gateway.yaml as head office signs it (`document` of a `signedDocument`, context “vafa configuration v1”). It
 * stays at the broker (`down/configuration`), so a box that was away finds it; one that comes after `expiresat` does not
 * take it.
 */
export const configurationOrder = z.object({
  id,
  club: name,
  store: name,
  version: version.meta({ description: 'higher than any that the box was given before, but for a rollback' }),
  rollbackof: version.optional().meta({ description: 'the version that is left for this older one' }),
  actor: z.string().min(1).max(80),
  at: instant,
  expiresat: instant,
  healthyseconds: z.int().min(5).max(900).meta({ description: 'how long the box has to come up healthy with it' }),
  text: z.string().min(1).max(configurationMax).meta({ description: 'gateway.yaml; it names files of secrets and holds none' }),
})
export type ConfigurationOrder = z.infer<typeof configurationOrder>

/** Why a box does not work by what head office pushed; it then goes on with what it had. */
const configurationRefusal = z.enum([
  'configuration.unreadable',
  'configuration.key-unknown',
  'configuration.forged',
  'configuration.other',
  'configuration.expired',
  'configuration.older',
  'configuration.invalid',
  'configuration.unhealthy',
])
export type ConfigurationRefusal = z.infer<typeof configurationRefusal>

export const configurationState = z.object({
  version: version.optional().meta({ description: 'in force; left out where head office has pushed none' }),
  edited: z.boolean().optional().meta({ description: 'gateway.yaml was changed on the box since' }),
  trial: version.optional().meta({ description: 'is being tried, and taken back where the box does not come up healthy' }),
  refused: z
    .object({ version: version.optional(), key: configurationRefusal, reason: z.string(), at: instant })
    .optional()
    .meta({ description: 'the last one that was not taken, or was taken back' }),
})
export type ConfigurationState = z.infer<typeof configurationState>
