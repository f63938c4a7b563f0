import { fileURLToPath } from 'node:url'
import { startProcess } from '#simulators/process/watched-process.ts'
import type { FloodOptions } from './flood-process.ts'

const program = fileURLToPath(new URL('./flood-process.ts', import.meta.url))

export interface Flood {
  /** Ends it; resolves with how many messages it gave to its connection. */
  stop(): Promise<number>
}

/** A store that sends sales and questions for quotes at full speed, half and half, and waits for no answer. */
export async function startFlood(options: FloodOptions): Promise<Flood> {
  const process_ = startProcess(process.execPath, ['--no-warnings', program, JSON.stringify(options)])
  await process_.line(/^flooding/)
  return {
    async stop() {
      await process_.stop()
      return Number(/flooded: (\d+)/.exec(process_.output())?.[1] ?? 0)
    },
  }
}
