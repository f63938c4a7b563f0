import { readFileSync } from 'node:fs'
import { sourceOf } from '#protocol/envelope.ts'
import { id } from '#protocol/ids.ts'
import type { FactType, MessageData, Request, RequestType } from '#protocol/messages.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { ClubClock } from './clock.ts'
import type { FactDraft } from './outbox.ts'

/** Where a message comes from. */
export interface Origin {
  lane: string
  device: string
  orderkey: string
}

export type Envelopes = ReturnType<typeof createEnvelopes>

/** Puts what a lane has to say into the wire's envelope: who, where, when by the corrected clock. */
export function createEnvelopes(options: { store: string; boxid: string; bootid: string; clock: ClubClock; runtime: Runtime }) {
  const { store, boxid, bootid, clock, runtime } = options
  const common = (origin: Origin) => ({
    specversion: '1.0' as const,
    id: runtime.uuid(),
    source: sourceOf(store, origin.device),
    subject: origin.lane,
    time: new Date(clock.now()).toISOString(),
    datacontenttype: 'application/json' as const,
    boxid,
    orderkey: origin.orderkey,
    bootid,
    clocksynced: clock.trust(),
  })
  return {
    request<T extends RequestType>(type: T, data: MessageData<T>, origin: Origin, expiresMs: number): Request<T> {
      const expiresat = new Date(clock.now() + expiresMs).toISOString()
      return { ...common(origin), type, expiresat, data } as Request<T>
    },
    fact<T extends FactType>(type: T, data: MessageData<T>, origin: Origin, saleid?: string): FactDraft {
      const envelope = { ...common(origin), type, data }
      return {
        id: envelope.id,
        type,
        lane: origin.lane,
        orderkey: origin.orderkey,
        envelope,
        ...(saleid === undefined ? {} : { saleid }),
      }
    },
  }
}

/** The id of this boot of the machine (Linux); a fresh one where the system has none. */
export function bootIdOf(runtime: Runtime): string {
  try {
    const boot = id.safeParse(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
    return boot.success ? boot.data : runtime.uuid()
  } catch {
    return runtime.uuid()
  }
}
