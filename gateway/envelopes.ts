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
  /** The trace that it belongs to, where there is one (W3C Trace Context). */
  traceparent?: string | undefined
}

/** Of what an origin with a journal of its own tells afterwards. */
export interface Past {
  originalid?: string
  /** When it happened (ISO 8601), where that was not just now; a time ahead of the box's clock counts as now. */
  at?: string
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
    ...(origin.traceparent === undefined ? {} : { traceparent: origin.traceparent }),
  })
  const draftOf = (
    envelope: ReturnType<typeof common> & { type: FactType; data: object },
    { lane, orderkey }: Origin,
    saleid: string | undefined,
  ): FactDraft => ({
    id: envelope.id,
    type: envelope.type,
    lane,
    orderkey,
    envelope,
    ...(saleid === undefined ? {} : { saleid }),
  })
  return {
    request<T extends RequestType>(type: T, data: MessageData<T>, origin: Origin, expiresMs: number): Request<T> {
      const expiresat = new Date(clock.now() + expiresMs).toISOString()
      return { ...common(origin), type, expiresat, data } as Request<T>
    },
    /** `saleid`: by which the outbox finds it again. */
    fact<T extends FactType>(type: T, data: MessageData<T>, origin: Origin, saleid?: string, past: Past = {}): FactDraft {
      const { originalid, at } = past
      const envelope = {
        ...common(origin),
        ...(originalid === undefined ? {} : { originalid }),
        ...(at === undefined || Date.parse(at) > clock.now() ? {} : { time: new Date(at).toISOString() }),
        type,
        data,
      }
      return draftOf(envelope, origin, saleid)
    },
    /** Advice on a fact of the same commit; the outbox embeds that fact when it has its number. */
    adviceOn(fact: FactDraft, decision: Omit<MessageData<'vafa.decision.advised.v1'>, 'original'>, origin: Origin): FactDraft {
      const envelope = { ...common(origin), type: 'vafa.decision.advised.v1' as const, data: decision }
      return { ...draftOf(envelope, origin, fact.saleid), advises: fact.id }
    },
  }
}

/**
 * The id of this boot of the machine: as the service manager says (systemd's `%b`, 32 digits; its sandbox hides the
 * kernel's own file), else as Linux says; a fresh one where neither does.
 */
export function bootIdOf(runtime: Runtime, told = process.env.VAFA_BOOT_ID): string {
  const given = id.safeParse(told?.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
  if (given.success) return given.data
  try {
    const boot = id.safeParse(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
    return boot.success ? boot.data : runtime.uuid()
  } catch {
    return runtime.uuid()
  }
}
