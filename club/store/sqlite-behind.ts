import { Worker } from 'node:worker_threads'
import type { Written } from './sqlite-cells.ts'

/** What the writing thread (sqlite-behind-thread.ts) says: that it is there, and then what became of each batch. */
export type BehindAnswer = 'ready' | 'written' | { message: string; code?: string }

/** A thread that writes batches into a file of books while the one that folds goes on. It keeps no process alive while it has nothing to do. */
export function writeBehindOn(path: string) {
  const worker = new Worker(new URL('./sqlite-behind-thread.ts', import.meta.url), { workerData: path, name: 'club-writer' })
  worker.unref()
  let ready = false
  let waiting: { resolve(): void; reject(error: unknown): void } | undefined
  const answered = (): typeof waiting => {
    const one = waiting
    waiting = undefined
    worker.unref()
    return one
  }
  worker.on('message', (answer: BehindAnswer) => {
    if (answer === 'ready') ready = true
    else if (answer === 'written') answered()?.resolve()
    else answered()?.reject(Object.assign(new Error(answer.message), { code: answer.code }))
  })
  // Whoever folds writes without it then.
  const ended = new Promise<void>((resolve) => {
    let cause: unknown
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('exit', () => {
      ready = false
      answered()?.reject(cause ?? new Error('the thread that writes has ended'))
      resolve()
    })
  })
  return {
    /** Whether it has opened the books and lives. */
    ready: () => ready,
    /** One batch after another; rejects with nothing written, or, where the thread ended in the midst of it, perhaps all. */
    write: (written: Written): Promise<void> =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        worker.ref()
        worker.postMessage(written)
      }),
    ended,
    async close(): Promise<void> {
      worker.ref()
      worker.postMessage('close')
      await ended
    },
  }
}
