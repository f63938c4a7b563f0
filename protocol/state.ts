import { z } from 'zod'
import { id, instant, name } from './ids.ts'
import { amount } from './money.ts'

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
  exposure: amount.optional(),
  trouble: z.string().optional().meta({ description: 'why the line does not hold, such as a second client with this identity' }),
})
export type StoreState = z.infer<typeof storeState>

export const deviceStatus = z.enum(['ready', 'degraded', 'absent'])
export type DeviceStatus = z.infer<typeof deviceStatus>

/** A device's retained health, with the reason in plain words. */
export const deviceHealth = z.object({
  device: name,
  driver: name,
  status: deviceStatus,
  since: instant,
  reason: z.string().optional(),
})
export type DeviceHealth = z.infer<typeof deviceHealth>

export const command = z.object({
  requestid: id,
  actor: z.string().min(1).max(80),
  expiresat: instant,
  data: z.record(z.string(), z.unknown()).optional(),
})
export type Command = z.infer<typeof command>

export const commandResult = z.object({
  requestid: id,
  status: z.enum(['ok', 'error']),
  data: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ key: z.string(), title: z.string() }).optional(),
})
export type CommandResult = z.infer<typeof commandResult>

/** `down/programme`: what stores decide with when the club does not answer. `document` is programme/schema.ts's. */
export const programmeDown = z.object({
  current: z.record(z.string(), z.unknown()),
  next: z.record(z.string(), z.unknown()).optional(),
})
export type ProgrammeDown = z.infer<typeof programmeDown>

/** `down/keys`: the public key that profiles are sealed to (X25519, raw 32 bytes, base64url). */
export const keysDown = z.object({ sealing: z.object({ keyid: z.string(), publicKey: z.string() }) })
export type KeysDown = z.infer<typeof keysDown>
