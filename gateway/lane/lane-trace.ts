import type { Span, SpanOptions, Tracer } from '#runtime/tracing/tracer.ts'

/** Facts whose replies are awaited for the sake of a trace; a long time without a club fills no memory. */
const awaitedMost = 1_000

export type FactTraces = ReturnType<typeof traceFacts>

/** What becomes of facts after their commit: when they left, and when the club's reply came. */
export function traceFacts(tracer: Tracer) {
  const open = new Map<string, { fact: Span; line?: Span | undefined; sent: number }>()
  return {
    committed(id: string, fact: Span | undefined): void {
      if (fact && open.size < awaitedMost) open.set(id, { fact, sent: 0 })
      else fact?.end()
    },
    sent(id: string): void {
      const one = open.get(id)
      if (!one) return
      one.sent += 1
      one.line ??= tracer.child(one.fact, 'line', { kind: 'client' })
    },
    replied(id: string, status: string): void {
      const one = open.get(id)
      if (!one) return
      open.delete(id)
      const attributes = { 'vafa.status': status, 'vafa.sent': one.sent }
      one.line?.end({ attributes })
      one.fact.end({ attributes })
    },
    /** The disk did not take it. */
    refused(id: string, failed: string): void {
      open.get(id)?.fact.end({ failed })
      open.delete(id)
    },
    close(): void {
      for (const { fact, line } of open.values()) {
        line?.end({ failed: 'the box went down before the reply came' })
        fact.end({ failed: 'the box went down before the reply came' })
      }
      open.clear()
    },
  }
}

/** A fact on its way to the disk. `committing`: it is given its id; returns how to say what became of the commit. */
export interface FactTrace {
  readonly traceparent?: string
  committing(id: string): (failed?: string) => void
}

export type LaneTrace = ReturnType<typeof traceLane>

/**
 * The trace of what one customer does at a lane: from the first tap or amount until the lane is free again. Names and ids
 * of things only; no person, no card, no amount.
 */
export function traceLane({ tracer, facts, lane }: { tracer: Tracer; facts: FactTraces; lane: string }) {
  let purchase: Span | undefined
  /** When the last of it was over: the rest of its time it only stood on the screen. */
  let lastAt = 0
  const questions = new Map<number, Span>()

  const part = (name: string, options?: SpanOptions): Span | undefined => tracer.child(purchase, name, options)
  const over = (span: Span | undefined, how: Parameters<Span['end']>[0] = {}) => {
    if (!span) return
    lastAt = tracer.now()
    span.end(how)
  }
  const endPurchase = () => {
    purchase?.end({ at: lastAt })
    purchase = undefined
  }

  return {
    /** Something that a device has told, until the lane has made of it what it does at once. `free`: it is a new customer's. */
    input(name: string, { free, via }: { free: boolean; via: string }): () => void {
      if (!tracer.on) return nothing
      if (free) endPurchase()
      purchase ??= tracer.root('purchase', { attributes: { 'vafa.lane': lane } })
      const span = part(name, { attributes: { 'vafa.via': via } })
      return () => over(span)
    },
    /** A question to the club; its traceparent, where one is to be sent. */
    asked(number: number, type: string): string | undefined {
      const span = part(`ask ${type}`, { kind: 'client' })
      if (span) questions.set(number, span)
      return span?.traceparent
    },
    answered(number: number, how: { status: string } | { failed: string }): void {
      const span = questions.get(number)
      questions.delete(number)
      over(span, 'status' in how ? { attributes: { 'vafa.status': how.status } } : how)
    },
    /** A fact from the moment in which the lane wants it on disk. */
    fact(type: string): FactTrace {
      const fact = part(`fact ${type}`)
      if (!fact) return untraced
      return {
        traceparent: fact.traceparent,
        committing(id) {
          const commit = tracer.child(fact, 'outbox commit', { attributes: { 'vafa.event': id } })
          // Before the commit: the fact leaves in the same moment in which it is on disk.
          facts.committed(id, fact)
          return (failed) => {
            over(commit, { failed })
            if (failed !== undefined) facts.refused(id, failed)
          }
        },
      }
    },
    /** A receipt on its way to the paper. */
    printing(provisional: boolean): (how: { confirmed: boolean } | { failed: string }) => void {
      const span = part('receipt', { attributes: { 'vafa.provisional': provisional } })
      return (how) => over(span, 'failed' in how ? how : { attributes: { 'vafa.confirmed': how.confirmed } })
    },
    /** The lane is free for the next customer. */
    idle: endPurchase,
    close(): void {
      for (const span of questions.values()) span.end({ failed: 'the lane was closed' })
      questions.clear()
      endPurchase()
    },
  }
}

const nothing = () => {}
const untraced: FactTrace = { committing: () => nothing }
