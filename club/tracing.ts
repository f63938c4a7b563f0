import { parseTraceparent } from '#protocol/traceparent.ts'
import type { Span, Tracer } from '#runtime/tracing/tracer.ts'
import type { Arrival } from './booking/arrival.ts'

const traceparentKey = Buffer.from('"traceparent":"')
const traceparentLength = 55
const typeKey = Buffer.from('"type":"')

/** What a message says under a key, as its bytes have it; what an event of a customer says under the same name costs a wrong trace. */
function textAfter(payload: Buffer, key: Buffer, most: number): string | undefined {
  const at = payload.indexOf(key)
  if (at < 0) return undefined
  const text = payload.toString('latin1', at + key.length, at + key.length + most)
  const end = text.indexOf('"')
  return end < 0 ? text : text.slice(0, end)
}

interface Traced {
  span: Span
  waits: Span | undefined
}

/** Follows messages that carry a trace from the broker through the books to their reply. */
export function traceArrivals(tracer: Tracer) {
  const traced = new WeakMap<Arrival, Traced>()
  const of = (batch: readonly Arrival[]) => batch.flatMap((one) => traced.get(one) ?? [])
  return {
    received(arrival: Arrival): void {
      if (!tracer.on) return
      const { buffer, byteOffset, byteLength } = arrival.payload
      const payload = Buffer.from(buffer, byteOffset, byteLength)
      const parent = parseTraceparent(textAfter(payload, traceparentKey, traceparentLength) ?? '')
      const type = /^vafa\.[a-z.-]{1,60}\.v\d$/.exec(textAfter(payload, typeKey, 80) ?? '')?.[0] ?? 'message'
      const span = tracer.child(parent, `club ${type}`, { kind: 'server', attributes: { 'vafa.store': arrival.store } })
      if (span) traced.set(arrival, { span, waits: tracer.child(span, 'wait') })
    },
    /** It is in the hands of the books, with others. Returns how to say what they made of it. */
    booking(batch: readonly Arrival[]): (how: { decideMs?: number | undefined; failed?: string }) => void {
      if (!tracer.on) return nothing
      const from = tracer.now()
      const here = of(batch)
      for (const { waits } of here) waits?.end()
      return ({ decideMs = 0, failed }) => {
        const to = tracer.now()
        const decided = Math.min(from + decideMs, to)
        const attributes = { 'vafa.batch': batch.length }
        for (const { span } of here) {
          if (failed === undefined) tracer.child(span, 'decide', { from, attributes })?.end({ at: decided })
          tracer.child(span, 'commit', { from: decided, attributes })?.end({ at: to, failed })
        }
      }
    },
    /** The replies of a batch; `publish` gives them to the broker. */
    replying(batch: readonly Arrival[], publish: () => void): void {
      const here = tracer.on ? of(batch) : []
      const replies = here.map(({ span }) => tracer.child(span, 'reply'))
      publish()
      for (const reply of replies) reply?.end()
      for (const { span } of here) span.end()
    },
  }
}

const nothing = () => {}
