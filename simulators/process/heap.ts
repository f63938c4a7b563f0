import type { WatchedProcess } from './watched-process.ts'

/** Environment that lets `openHeap` look into a process that is started with it; on the loopback, on any free port. */
export const inspected = { NODE_OPTIONS: '--inspect=127.0.0.1:0' }

export interface Heap {
  /** Bytes that are in use after a collection, with buffers, in the main thread and in each worker, together. */
  used(): Promise<number>
  close(): void
}

interface Answer {
  id?: number
  method?: string
  params?: { sessionId: string; message: string; waitingForDebugger: boolean }
  result?: { usedSize?: number; backingStorageSize?: number }
  error?: { message: string }
}
type Send = (method: string, params?: object) => Promise<NonNullable<Answer['result']>>

/** Looks into a running process through Node's inspector. */
export async function openHeap(process: WatchedProcess): Promise<Heap> {
  const line = await process.line(/Debugger listening on ws:/)
  const socket = new WebSocket(/ws:\S+/.exec(line)?.[0] ?? '')
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = () => reject(new Error(`nobody answers at the inspector: ${line}`))
  })
  const main = conversation((text) => socket.send(text))
  const workers = new Map<string, ReturnType<typeof conversation>>()
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(String(data)) as Answer
    const { method, params } = message
    const session = params?.sessionId ?? ''
    if (method === 'NodeWorker.attachedToWorker')
      workers.set(
        session,
        conversation((text) => void main.send('NodeWorker.sendMessageToWorker', { sessionId: session, message: text })),
      )
    else if (method === 'NodeWorker.receivedMessageFromWorker')
      workers.get(session)?.hear(JSON.parse(params?.message ?? '{}') as Answer)
    else if (method === 'NodeWorker.detachedFromWorker') workers.delete(session)
    else main.hear(message)
  }
  await main.send('NodeWorker.enable', { waitForDebuggerOnStart: false })

  const usedBy = async (send: Send) => {
    // What a first collection lets go of may hold more that the second finds.
    for (let times = 0; times < 3; times += 1) await send('HeapProfiler.collectGarbage')
    const { usedSize = 0, backingStorageSize = 0 } = await send('Runtime.getHeapUsage')
    return usedSize + backingStorageSize
  }
  return {
    async used() {
      let sum = 0
      for (const { send } of [main, ...workers.values()]) sum += await usedBy(send)
      return sum
    },
    close: () => socket.close(),
  }
}

function conversation(write: (text: string) => void) {
  const waiting = new Map<number, { resolve(result: NonNullable<Answer['result']>): void; reject(error: Error): void }>()
  let last = 0
  const send: Send = (method, params = {}) =>
    new Promise((resolve, reject) => {
      last += 1
      waiting.set(last, { resolve, reject })
      write(JSON.stringify({ id: last, method, params }))
    })
  return {
    send,
    hear({ id = 0, result = {}, error }: Answer) {
      const asked = waiting.get(id)
      waiting.delete(id)
      if (error) asked?.reject(new Error(error.message))
      else asked?.resolve(result)
    },
  }
}
