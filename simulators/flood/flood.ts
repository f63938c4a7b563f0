import { fileURLToPath } from 'node:url'
import { startProcess } from '#simulators/process/watched-process.ts'
import type { FloodOptions } from './flood-process.ts'
import type { KioskFloodOptions } from './kiosk-flood-process.ts'
import type { TillFloodOptions } from './till-flood-process.ts'

export interface Flood {
  /** Ends it; resolves with how many messages it gave to its connection. */
  stop(): Promise<number>
}

/** A store that sends sales and questions for quotes at full speed, half and half, and waits for no answer. */
export const startFlood = (options: FloodOptions): Promise<Flood> => start('./flood-process.ts', options)

/** A machine in the store that floods a till's or a terminal's port with requests and connections. */
export const startTillFlood = (options: TillFloodOptions): Promise<Flood> => start('./till-flood-process.ts', options)

/** A kiosk that floods the box's own broker in its lane's name. */
export const startKioskFlood = (options: KioskFloodOptions): Promise<Flood> => start('./kiosk-flood-process.ts', options)

async function start(program: string, options: object): Promise<Flood> {
  const path = fileURLToPath(new URL(program, import.meta.url))
  const process_ = startProcess(process.execPath, ['--no-warnings', path, JSON.stringify(options)])
  await process_.line(/^flooding/)
  return {
    async stop() {
      await process_.stop()
      return Number(/flooded: (\d+)/.exec(process_.output())?.[1] ?? 0)
    },
  }
}
