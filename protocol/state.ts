import { z } from 'zod'
import { compiledSchema } from './compiled-schema.ts'
import { configurationState } from './configuration.ts'
import { id, instant, name } from './ids.ts'
import { amount, signedAmount } from './money.ts'
import { regularsState } from './regulars.ts'
import { signedDocument } from './signing.ts'
import { updateState } from './update.ts'

/** Why a box refuses a programme; docs/protocol.md says each in words. It then goes on deciding with the one it has. */
const programmeRefusal = z.enum([
  'programme.unreadable',
  'programme.unsigned',
  'programme.key-unknown',
  'programme.forged',
  'programme.invalid',
  'programme.older',
  'programme.changed',
])
export type ProgrammeRefusal = z.infer<typeof programmeRefusal>

/** What a box decides with when the club does not answer. */
export const programmeState = z.object({
  version: z.int().min(1).optional().meta({ description: 'in force now; left out where the box has no programme' }),
  next: z.object({ version: z.int().min(1), from: instant }).optional(),
  refused: z
    .object({ key: programmeRefusal, reason: z.string(), at: instant })
    .optional()
    .meta({ description: 'the last document from the club, where the box did not take it' }),
})
export type ProgrammeState = z.infer<typeof programmeState>

/** A store's retained state; its last will is the same with `status: 'offline'`. */
export const storeState = z.object({
  status: z.enum(['online', 'offline']),
  version: z.string(),
  boxid: id,
  startedat: instant,
  at: instant,
  backlog: z.object({ count: z.int().min(0), bytes: z.int().min(0), oldest: instant.optional() }),
  sequence: z.int().min(0).meta({ description: 'the last number given to a fact' }),
  skewms: z.int().optional().meta({ description: "the club's clock less the box's, milliseconds" }),
  exposure: amount.optional().meta({ description: 'what the box can still give without the club, and is giving' }),
  regulars: regularsState.optional(),
  differences: z
    .object({ sales: z.int().min(0), credit: signedAmount })
    .optional()
    .meta({ description: 'sales of which the club booked other credit than the box had announced, and by how much' }),
  programme: programmeState.optional(),
  tokenkey: z.string().optional().meta({ description: 'the id of the key that the box makes tokens with' }),
  configuration: configurationState.optional(),
  update: updateState.optional().meta({ description: 'the last one that head office offered, and how far it is' }),
  trouble: z.string().optional().meta({ description: 'why the line does not hold, such as a second client with this identity' }),
  disk: z.string().optional().meta({ description: 'why the box takes no sale: its disk is full, or broken' }),
})
export type StoreState = z.infer<typeof storeState>
export const compiledStoreState = compiledSchema(storeState)

export const deviceStatus = z.enum(['ready', 'degraded', 'absent'])
export type DeviceStatus = z.infer<typeof deviceStatus>

/** A device's retained health, with the reason in plain words. */
export const deviceHealth = z.object({
  device: name,
  driver: name,
  status: deviceStatus,
  since: instant,
  reason: z.string().optional(),
  key: z.string().optional().meta({ description: 'of an absent one: what kind of trouble, such as `device.denied`' }),
})
export type DeviceHealth = z.infer<typeof deviceHealth>

export const command = z.object({
  requestid: id,
  actor: z.string().min(1).max(80),
  expiresat: instant,
  data: z.record(z.string(), z.unknown()).optional(),
})
export type Command = z.infer<typeof command>

/**
 * A command as head office signs it (`document` of a `signedDocument`, context “vafa command v1”): for one store, under one
 * name, once. What changes something at a box comes so; what only asks may come as a plain `command`.
 */
export const order = command.extend({ club: name, store: name, name })
export type Order = z.infer<typeof order>

export const commandResult = z.object({
  requestid: id,
  status: z.enum(['ok', 'error']),
  data: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ key: z.string(), title: z.string() }).optional(),
})
export type CommandResult = z.infer<typeof commandResult>

/**
 * `down/programme`: what stores decide with when the club does not answer. The signed documents are JSON of
 * programme/schema.ts's programmes; `next` names the instant from which it decides.
 */
export const programmeDown = z.object({ current: signedDocument, next: signedDocument.optional() })
export type ProgrammeDown = z.infer<typeof programmeDown>

/** `down/keys`: the public key that profiles are sealed to (X25519, raw 32 bytes, base64url). */
export const keysDown = z.object({ sealing: z.object({ keyid: z.string(), publicKey: z.string() }) })
export type KeysDown = z.infer<typeof keysDown>
