import type { Counter, Gauge, Histogram } from 'prom-client'

/** One figure that a daemon shows. Units stand at the end of its name, as Prometheus wants it. */
export interface Metric {
  kind: 'counter' | 'gauge' | 'histogram'
  help: string
  labels?: readonly string[]
}
export type Metrics = Readonly<Record<string, Metric>>

type Labels = Readonly<Record<string, string>>

export interface Meter<M extends Metrics> {
  count(name: keyof M & string, labels?: Labels, by?: number): void
  set(name: keyof M & string, value: number, labels?: Labels): void
  /** Seconds. */
  observe(name: keyof M & string, value: number, labels?: Labels): void
  /** Forgets all that a gauge had said: of devices that are no more. */
  clear(name: keyof M & string): void
  /** In Prometheus' text format. `refresh` sets what is looked up only when somebody asks. */
  text(): Promise<string>
  onAsked(refresh: () => void | Promise<void>): void
}

/** Counts nothing: where nobody watches. */
export const noMeter: Meter<Metrics> = {
  ...{ count: () => {}, set: () => {}, observe: () => {}, clear: () => {}, onAsked: () => {} },
  text: async () => '',
}

/** Seconds: from a tenth of a millisecond, a commit on a good disk, to where a customer waits. */
const buckets = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]

/** The figures of one process, those of Node itself included. */
export async function openMeter<M extends Metrics>(metrics: M): Promise<Meter<M>> {
  const { default: prometheus } = await import('prom-client')
  const registry = new prometheus.Registry()
  prometheus.collectDefaultMetrics({ register: registry })
  const counters = new Map<string, Counter>()
  const gauges = new Map<string, Gauge>()
  const histograms = new Map<string, Histogram>()
  for (const [name, { kind, help, labels = [] }] of Object.entries(metrics)) {
    const given = { name, help, labelNames: [...labels], registers: [registry] }
    if (kind === 'counter') counters.set(name, new prometheus.Counter(given))
    else if (kind === 'gauge') gauges.set(name, new prometheus.Gauge(given))
    else histograms.set(name, new prometheus.Histogram({ ...given, buckets }))
  }
  let refresh: () => void | Promise<void> = () => {}
  return {
    count: (name, labels = {}, by = 1) => counters.get(name)?.inc(labels, by),
    set: (name, value, labels = {}) => gauges.get(name)?.set(labels, value),
    observe: (name, value, labels = {}) => histograms.get(name)?.observe(labels, value),
    clear: (name) => gauges.get(name)?.reset(),
    async text() {
      await refresh()
      return registry.metrics()
    },
    onAsked(listener) {
      refresh = listener
    },
  }
}
