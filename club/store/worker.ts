import { enableCompileCache } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type { MessageType } from '#protocol/messages.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import type { Arrival } from '../booking/arrival.ts'
import type { ClubStore, StoreSettings } from './store.ts'
import type { BooksPlace, PostedArrival, WorkerAnswer, WorkerCall } from './worker-client.ts'

/** The worker thread that keeps the club's books; worker-client.ts is its other end. */
if (!parentPort) throw new Error('this file runs as a worker thread')
const port = parentPort
const answer = (one: WorkerAnswer) => port.postMessage(one)

const failure = (n: number, error: unknown): WorkerAnswer => {
  const { key, hint, permanent } = error instanceof VafaError ? error : { key: 'store.failed', hint: undefined, permanent: false }
  return { n, ok: false, error: { key, message: messageOf(error), permanent, ...(hint === undefined ? {} : { hint }) } }
}

const arrived = ({ store, receivedat, latin1 }: PostedArrival): Arrival => ({
  store,
  receivedat,
  payload: Buffer.from(latin1, 'latin1'),
})

/** Only the engine that is used is loaded: each costs the start some 50 ms. */
async function openStore(settings: StoreSettings & BooksPlace & { uuid: () => string }): Promise<ClubStore> {
  if ('server' in settings) return (await import('./postgres-store.ts')).openPostgresStore(settings)
  return (await import('./sqlite-store.ts')).openSqliteStore(settings)
}

// A thread does not share its process's compile cache: with it the books are open in 0.3 s instead of 0.8.
enableCompileCache()

try {
  const store = await openStore({ ...(workerData as StoreSettings & BooksPlace), uuid: systemRuntime.uuid })
  const run = ({ method, args }: WorkerCall): Promise<unknown> => {
    if (method === 'commitBatch' || method === 'answer') return store[method]((args[0] as PostedArrival[]).map(arrived))
    return (store[method] as (...given: unknown[]) => Promise<unknown>)(...args)
  }
  port.on('message', (call: WorkerCall) => {
    const { n, method } = call
    run(call).then(
      (value) => {
        answer({ n, ok: true, value })
        if (method === 'close') port.close()
      },
      (error: unknown) => answer(failure(n, error)),
    )
  })
  answer({ n: 0, ok: true, value: undefined })
  await warmUp()
} catch (error) {
  answer(failure(0, error))
  port.close()
}

/** What the first sale would have to wait for, one at a time, so that what comes meanwhile is answered in between. */
async function warmUp(): Promise<void> {
  const { warmMessage } = await import('#protocol/messages.ts')
  const left: MessageType[] = [
    'vafa.box.heartbeat.v1',
    'vafa.credential.presented.v1',
    'vafa.sale.quoted.v1',
    'vafa.sale.completed.v1',
  ]
  const next = () => {
    const type = left.shift()
    if (type === undefined) return
    warmMessage(type)
    setImmediate(next)
  }
  setImmediate(next)
}
