import type { z } from 'zod'
import { keepPulse, type Pulse } from './pulse.ts'
import type { Runtime } from './runtime.ts'
import { startWatchServer, type watchConfig } from './watch-server.ts'

/** How often a commit is tried where no watchdog asks for more. */
const pulseMs = 10_000
/** An attempt that takes longer than this hangs. */
const hangsAfterMs = 60_000

/** Who feeds a watchdog by the pulse of a daemon's database: how often, and what is told. */
export interface Watchdog {
  everyMs: number
  onPulse(pulse: Pulse): void
}

export interface WatchingOptions {
  /** Where those who watch ask, if anywhere. */
  listen: z.infer<typeof watchConfig> | undefined
  watchdog: Watchdog | undefined
  /** What is committed: `the books`, `the outbox`. */
  what: string
  /** Commits something that means nothing; rejects where the database does not take it. */
  attempt(): Promise<void>
  /** What else is worth to be seen where somebody asks whether all is ready. */
  details(): Record<string, unknown>
  onPulse(pulse: Pulse): void
  metrics(): Promise<string>
  runtime: Runtime
}

export interface Watching {
  /** Absent where nobody may ask. */
  readonly port?: number
  /** A commit that somebody waited for was refused: not ready until an attempt goes well. */
  refused(reason: string): void
  close(): Promise<void>
}

/** What looks on a daemon's work from outside: the pulse of its database, and the HTTP port for those who watch. */
export async function startWatching(options: WatchingOptions): Promise<Watching> {
  const { listen, watchdog, what, attempt, details, onPulse, metrics, runtime } = options
  if (listen === undefined && watchdog === undefined) return { refused() {}, close: async () => {} }
  const pulse = keepPulse({
    attempt,
    everyMs: watchdog?.everyMs ?? pulseMs,
    runtime,
    onPulse(last) {
      onPulse(last)
      watchdog?.onPulse(last)
    },
  })
  const startedAt = runtime.now()
  const healthy = () => runtime.now() - (pulse.last()?.at ?? startedAt) < hangsAfterMs
  const readiness = () => {
    const last = pulse.last()
    const reasons = [
      ...(last === undefined ? ['no commit has been tried yet'] : last.ok ? [] : [`${what} cannot commit: ${last.reason}`]),
      ...(healthy() ? [] : [`${what} does not answer`]),
    ]
    return { ready: reasons.length === 0, reasons, details: details() }
  }
  if (listen === undefined) return { refused: pulse.failed, close: async () => pulse.close() }
  try {
    const server = await startWatchServer({ listen, metrics, healthy, readiness })
    return {
      port: server.port,
      refused: pulse.failed,
      async close() {
        pulse.close()
        await server.close()
      },
    }
  } catch (error) {
    pulse.close()
    throw error
  }
}
