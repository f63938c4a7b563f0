import { rmSync } from 'node:fs'
import { pcscdAvailable } from '#simulators/pcscd/available.ts'
import { proportionalSetSize } from '#simulators/process/memory.ts'
import { buildScene } from '../demo/scene.ts'

/** Long enough for every device to be open and for what the start has left behind to be collected. */
const settleMs = 8_000

export interface IdleMemory {
  /** Proportional set size of the gateway with its children, bytes (target: at most 140 MB). */
  pss: number
  reader: 'pcscd' | 'virtual'
}

/** A store with one device of each kind, connected, before its first customer. */
export async function idleMemory(): Promise<IdleMemory> {
  const scene = await buildScene({ pcscd: pcscdAvailable() })
  try {
    await new Promise((resolve) => setTimeout(resolve, settleMs))
    return { pss: proportionalSetSize(scene.gatewayPid), reader: scene.reader.via }
  } finally {
    await scene.close()
    rmSync(scene.folder, { recursive: true, force: true })
  }
}
