import { z } from 'zod'
import { compiledTillRequest, type TillRequest } from '#protocol/lane.ts'
import { maxKeyLength } from '../till/idempotency.ts'

export type MqttRequest =
  | { valid: true; request: TillRequest; key?: string }
  /** `id`: the request's own, where it has one. */
  | { valid: false; id?: string; reason: string }

const utf8 = new TextDecoder('utf-8', { fatal: true })
const keyed = z.object({ idempotencykey: z.string().min(1).max(maxKeyLength).optional() })
const identified = z.object({ id: z.string().min(1).max(60) })

/**
 * A request from whatever a client sent to its lane's `input`: that of the lane protocol, with `idempotencykey` beside it
 * where it may be sent twice. Never throws, and never repeats a value that may be a raw credential.
 */
export function readMqttRequest(payload: Uint8Array): MqttRequest {
  let json: unknown
  try {
    json = JSON.parse(utf8.decode(payload))
  } catch {
    return { valid: false, reason: 'not JSON in UTF-8' }
  }
  const parsed = compiledTillRequest.safeParse(json)
  const key = keyed.safeParse(json)
  if (parsed.success && key.success) {
    const { idempotencykey } = key.data
    return { valid: true, request: parsed.data, ...(idempotencykey === undefined ? {} : { key: idempotencykey }) }
  }
  const named = identified.safeParse(json)
  const issue = parsed.error?.issues[0] ?? key.error?.issues[0]
  return {
    valid: false,
    ...(named.success ? { id: named.data.id } : {}),
    reason: `${issue?.path.map(String).join('.') || '(the message)'}: ${issue?.message ?? 'invalid'}`,
  }
}
