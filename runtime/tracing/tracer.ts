import { randomFillSync } from 'node:crypto'
import type { z } from 'zod'
import { type SpanContext, traceparentOf } from '#protocol/traceparent.ts'
import type { Logger } from '../log.ts'
import type { Runtime } from '../runtime.ts'
import type { tracingConfig } from './config.ts'

/** Of what is told of a span; never a person, a card or an amount. */
export type Attributes = Readonly<Record<string, string | number | boolean>>

/** As OTLP numbers them (trace.proto, SpanKind). */
export const spanKinds = { internal: 1, server: 2, client: 3 } as const
export type SpanKind = keyof typeof spanKinds

/** A span that is over. `from` and `to`: milliseconds since 1970, with fractions. */
export interface FinishedSpan extends SpanContext {
  parent: string | undefined
  name: string
  kind: SpanKind
  from: number
  to: number
  attributes: Attributes
  /** Why it did not do what it was for. */
  failed: string | undefined
}

/** One that is open. */
export interface Span extends SpanContext {
  readonly traceparent: string
  /** Once; a second time does nothing. `at`: where that was before now. */
  end(how?: { attributes?: Attributes; failed?: string | undefined; at?: number | undefined }): void
}

export interface SpanOptions {
  kind?: SpanKind
  attributes?: Attributes
  /** Where that was before now. */
  from?: number
}

/** Nothing is recorded where there is no parent; so a whole trace is kept or left out at its root. */
export interface Tracer {
  readonly on: boolean
  /** Milliseconds since 1970, with fractions, that never go back. */
  now(): number
  /** The first of a trace; undefined for those that are left out. */
  root(name: string, options?: SpanOptions): Span | undefined
  child(parent: SpanContext | undefined, name: string, options?: SpanOptions): Span | undefined
  /** Sends what is still here, for two seconds at most. */
  close(): Promise<void>
}

/** Where nobody traces. */
export const noTracer: Tracer = {
  ...{ on: false, now: () => 0, root: () => undefined, child: () => undefined },
  close: async () => {},
}

/** Where spans go. */
export interface SpanSink {
  take(span: FinishedSpan): void
  close(): Promise<void>
}

/** Ids in hexadecimal. Drawn for many at a time: each by itself, they would take the longest part of a span. */
function randomIds(): (bytes: 8 | 16) => string {
  const pool = Buffer.alloc(4_096)
  let at = pool.length
  return (bytes) => {
    if (at + bytes > pool.length) {
      randomFillSync(pool)
      at = 0
    }
    at += bytes
    return pool.toString('hex', at - bytes, at)
  }
}

/** `share`: of the roots, which part is recorded, 0 to 1. */
export function createTracer({ sink, share, runtime }: { sink: SpanSink; share: number; runtime: Runtime }): Tracer {
  // The wall clock may jump while a span is open: it is read once.
  const began = runtime.now() - runtime.monotonic()
  const now = () => began + runtime.monotonic()
  const newId = randomIds()
  const span = (traceid: string, parent: string | undefined, name: string, options: SpanOptions): Span => {
    const { kind = 'internal', attributes = {}, from = now() } = options
    const context = { traceid, spanid: newId(8) }
    let over = false
    return {
      ...context,
      traceparent: traceparentOf(context),
      end({ attributes: more, failed, at } = {}) {
        if (over) return
        over = true
        const all = more === undefined ? attributes : { ...attributes, ...more }
        sink.take({ ...context, parent, name, kind, from, to: Math.max(from, at ?? now()), attributes: all, failed })
      },
    }
  }
  return {
    on: true,
    now,
    root: (name, options = {}) => (runtime.random() < share ? span(newId(16), undefined, name, options) : undefined),
    child: (parent, name, options = {}) => (parent ? span(parent.traceid, parent.spanid, name, options) : undefined),
    close: () => sink.close(),
  }
}

/** The tracer of a daemon as its configuration wants it; what it needs is loaded only then. */
export async function openTracer(options: {
  config: z.infer<typeof tracingConfig> | undefined
  /** `service.name` and more of what OpenTelemetry calls a resource. */
  resource: Attributes
  /** A path of the configuration, made absolute. */
  beside(path: string): string
  runtime: Runtime
  log: Logger
}): Promise<Tracer> {
  const { config, resource, beside, runtime, log } = options
  if (config === undefined) return noTracer
  const { openExporter } = await import('./exporter.ts')
  const sink = openExporter({ config, resource, beside, runtime, log: log.child({ part: 'tracing' }) })
  return createTracer({ sink, share: config.share, runtime })
}
