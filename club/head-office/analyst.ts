import { Worker } from 'node:worker_threads'
import type { OfficeAnswer, OfficeAsked } from '#protocol/head-office/requests.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import type { BooksPlace } from '../store/worker-client.ts'

/** What takes long: it reads the whole books. */
export interface AnalystWork {
  report: { asked: OfficeAsked<'report'>; answer: OfficeAnswer<'report'> }
  'programme-dry-run': { asked: OfficeAsked<'programme-dry-run'>; answer: OfficeAnswer<'programme-dry-run'> }
  'member-insight': { asked: OfficeAsked<'member-insight'>; answer: OfficeAnswer<'member-insight'> }
}

export interface AnalystSettings {
  club: string
  place: BooksPlace
  /** The secret itself. */
  pepper: string
  stores: readonly string[]
  /** The file of the chain's own segments. */
  segments: string | undefined
}

export interface AnalystCall {
  n: number
  what: keyof AnalystWork
  asked: unknown
}
export type AnalystReturn =
  | { n: number; ok: true; value: unknown }
  | { n: number; ok: false; error: { key: string; message: string; hint?: string; permanent: boolean } }

/** It goes when nobody has asked for so long. */
const idleMs = 60_000
/** Waiting and at work. */
const most = 20

export type Analyst = ReturnType<typeof createAnalyst>

/**
 * Answers from the books by a thread of its own, which reads them beside the one that books: a report over years stalls
 * neither sales nor the broker. One thing at a time; the thread starts when it is wanted.
 */
export function createAnalyst({ settings, runtime }: { settings: AnalystSettings; runtime: Runtime }) {
  let worker: Worker | undefined
  let next = 0
  let cancelIdle: Cancel = () => {}
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()

  const stop = async () => {
    cancelIdle()
    const ended = worker
    worker = undefined
    await ended?.terminate()
  }
  const start = (): Worker => {
    const fresh = new Worker(new URL('./analyst-thread.ts', import.meta.url), { workerData: settings, name: 'club-analyst' })
    const over = (error: Error) => {
      if (worker === fresh) worker = undefined
      for (const one of waiting.values()) one.reject(error)
      waiting.clear()
    }
    fresh.on('message', (answer: AnalystReturn) => {
      const one = waiting.get(answer.n)
      waiting.delete(answer.n)
      if (answer.ok) one?.resolve(answer.value)
      else one?.reject(new VafaError(answer.error))
      if (waiting.size === 0) cancelIdle = runtime.after(idleMs, () => void stop())
    })
    fresh.on('error', (cause) =>
      over(new VafaError({ key: 'club.failed', message: `the reports’ thread failed: ${cause}`, cause })),
    )
    fresh.on('exit', () =>
      over(new VafaError({ key: 'club.failed', message: 'the reports’ thread has ended', permanent: false })),
    )
    return fresh
  }

  return {
    ask<What extends keyof AnalystWork>(what: What, asked: AnalystWork[What]['asked']): Promise<AnalystWork[What]['answer']> {
      if (waiting.size >= most)
        return Promise.reject(
          new VafaError({ key: 'request.too-many', message: `${most} reports are being made already`, permanent: false }),
        )
      cancelIdle()
      worker ??= start()
      const n = ++next
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      waiting.set(n, { resolve, reject })
      worker.postMessage({ n, what, asked } satisfies AnalystCall)
      return promise as Promise<AnalystWork[What]['answer']>
    },
    close: stop,
  }
}
