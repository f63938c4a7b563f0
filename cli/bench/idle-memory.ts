import { descendants, proportionalSetSize } from '#simulators/process/memory.ts'
import { startEveryDevice } from './every-device.ts'

/** Long enough for what the start has left behind to be collected. */
const settleMs = 8_000

export interface IdleMemory {
  /** Proportional set size of the gateway with its children, bytes (target: at most 140 MB). */
  pss: number
  /** Of the gateway alone, and of each process that it has started. */
  parts: number[]
  reader: 'pcscd' | 'virtual'
  absent: readonly string[]
  /** From the start of its process until it was ready, milliseconds (target: under 1,000). */
  readyMs: number
}

/** A store with one device of each kind, connected, before its first customer. */
export async function idleMemory(): Promise<IdleMemory> {
  const store = await startEveryDevice()
  try {
    await new Promise((resolve) => setTimeout(resolve, settleMs))
    const { gatewayPid, reader, absent, readyMs } = store
    const children = descendants(gatewayPid).map((pid) => proportionalSetSize(pid))
    const pss = proportionalSetSize(gatewayPid)
    return { pss, parts: [pss - children.reduce((sum, one) => sum + one, 0), ...children], reader, absent, readyMs }
  } finally {
    await store.close()
  }
}
