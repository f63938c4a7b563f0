import { createHmac } from 'node:crypto'
import { bodyHash } from '#protocol/envelope.ts'
import type { TillRequest } from '#protocol/lane.ts'
import { uuidOfText } from '#protocol/origin.ts'
import { tillOperations } from '#protocol/till-operations.ts'

/** Longest key, as long as a request's `id` may be. */
export const maxKeyLength = 60

export interface Sender {
  /** As the configuration names the till; the connection proved it. */
  till: string
  lane: string
  /** The secret that it proved itself with: keys what is kept of its requests. */
  secret: string
}

/**
 * What is kept of a request, to tell a repeat from another one with its key. It may be about a mobile number: whoever
 * has the box's disk alone can compute it for none.
 */
export function fingerprintOf(request: TillRequest, { secret }: Sender): string {
  const { id: _, ...asked } = request
  return createHmac('sha256', secret).update(bodyHash(asked)).digest('base64url')
}

/**
 * The request with the id that what it books gets, where the till has chosen none: from the key, so that a repeat after a
 * restart of the box names the same sale, return or member, and the lane answers what is on disk.
 */
export function withOwnId(
  request: TillRequest,
  { store, sender, key }: { store: string; sender: Sender; key: string },
): TillRequest {
  const field = tillOperations[request.op].id
  if (field === undefined || (request as Record<string, unknown>)[field] !== undefined) return request
  return { ...request, [field]: uuidOfText(`${store}\n${sender.till}\n${key}\n${fingerprintOf(request, sender)}`) }
}
