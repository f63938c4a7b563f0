import { Worker } from 'node:worker_threads'
import { VafaError } from '#runtime/errors.ts'
import type { PostgresServer } from '#runtime/postgres-client.ts'
import type { Arrival } from '../booking/arrival.ts'
import type { ClubStore, StoreSettings } from './store.ts'

/** Call 0 is the opening of the books. */
export interface WorkerCall {
  n: number
  method: keyof ClubStore
  args: unknown[]
}
export type WorkerAnswer =
  | { n: number; ok: true; value: unknown }
  | { n: number; ok: false; error: { key: string; message: string; hint?: string; permanent: boolean } }

/** An arrival on its way to the thread: bytes as a string, which is there sooner than a buffer and needs no pool copied. */
export type PostedArrival = Omit<Arrival, 'payload'> & { latin1: string }

export const posted = ({ store, receivedat, payload }: Arrival): PostedArrival => ({
  store,
  receivedat,
  latin1: Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('latin1'),
})

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** A store in a worker thread, so that a slow commit never stalls the broker. */
export interface WorkerStore extends ClubStore {
  /** Settles when the thread has ended: with the reason, or with undefined after `close()`. Never rejects. */
  readonly ended: Promise<VafaError | undefined>
}

/** Where the books are kept: a SQLite file, or a PostgreSQL server. */
export type BooksPlace = { path: string } | { server: PostgresServer }

/** Opens the books in a thread of their own; rejects where the database cannot be used. */
export async function startWorkerStore(settings: StoreSettings & BooksPlace): Promise<WorkerStore> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings, name: 'club-store' })
  const waiting = new Map<number, Waiting>()
  let next = 0
  let closing = false
  /** Why nobody answers any more. */
  let over: VafaError | undefined

  const call = (method: keyof ClubStore, args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (over) return reject(over)
      const n = ++next
      waiting.set(n, { resolve, reject })
      worker.postMessage({ n, method, args } satisfies WorkerCall)
    })
  const opened = new Promise<unknown>((resolve, reject) => waiting.set(0, { resolve, reject }))

  worker.on('message', (answer: WorkerAnswer) => {
    const one = waiting.get(answer.n)
    waiting.delete(answer.n)
    if (answer.ok) one?.resolve(answer.value)
    else one?.reject(new VafaError(answer.error))
  })
  const ended = new Promise<VafaError | undefined>((resolve) => {
    let cause: unknown
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('exit', () => {
      const message = "the thread that keeps the club's books has ended"
      const hint = 'the log has the reason; boxes keep their sales and send them again'
      const error = new VafaError({ key: 'store.ended', message, hint, permanent: false, cause })
      over = error
      for (const one of waiting.values()) one.reject(error)
      waiting.clear()
      resolve(closing ? undefined : error)
    })
  })
  await opened

  const methods = {
    commitBatch: (arrivals: readonly Arrival[]) => call('commitBatch', [arrivals.map(posted)]),
    answer: (arrivals: readonly Arrival[]) => call('answer', [arrivals.map(posted)]),
    follow: (schedule: object) => call('follow', [schedule]),
    act: (acts: readonly object[]) => call('act', [acts]),
    alerts: (filter: object) => call('alerts', [filter]),
    happenedAfter: (place: object) => call('happenedAfter', [place]),
    placeBefore: (back: object) => call('placeBefore', [back]),
    balances: (memberid: string, at?: string) => call('balances', [memberid, at]),
    tick: (now: string) => call('tick', [now]),
    clearing: (interval: object) => call('clearing', [interval]),
    transfers: (filter: object) => call('transfers', [filter]),
    dueMessages: (until: string) => call('dueMessages', [until]),
    withheldMessages: (until: string) => call('withheldMessages', [until]),
    person: (number: string) => call('person', [number]),
    candidates: () => call('candidates', []),
    household: (number: string) => call('household', [number]),
    stock: () => call('stock', []),
    products: () => call('products', []),
    erased: () => call('erased', []),
    memberByNumber: (number: string) => call('memberByNumber', [number]),
    members: () => call('members', []),
    sales: (filter: object) => call('sales', [filter]),
    findMembers: (given: object) => call('findMembers', [given]),
    storesOn: (day: string) => call('storesOn', [day]),
    totals: () => call('totals', []),
    quarantine: () => call('quarantine', []),
    quarantined: (name: object) => call('quarantined', [name]),
    release: (name: object, how: object) => call('release', [name, how]),
    dropQuarantined: (name: object, how: object) => call('dropQuarantined', [name, how]),
    sequences: () => call('sequences', []),
    counting: () => call('counting', []),
    dayCloses: (filter: object) => call('dayCloses', [filter]),
    responses: (memberid: string) => call('responses', [memberid]),
    audit: () => call('audit', []),
    received: (store: string, boxid: string) => call('received', [store, boxid]),
    regulars: (asked: object) => call('regulars', [asked]),
    writeOffBox: (given: object) => call('writeOffBox', [given]),
    exposure: () => call('exposure', []),
    exposed: () => call('exposed', []),
    codesToSend: (at: string) => call('codesToSend', [at]),
    pulse: (at: string) => call('pulse', [at]),
  }
  // The worker runs the same interface: what comes back has its types.
  return {
    ...(methods as unknown as Omit<ClubStore, 'close'>),
    ended,
    async close() {
      if (!closing) {
        closing = true
        await call('close', [])
      }
      await ended
    },
  }
}
