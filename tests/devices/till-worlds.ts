import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { freePort } from '#simulators/process/free-port.ts'

/** A port that another program has until it gives it up: what is absent of a device that listens itself. */
export async function occupiedPort() {
  const port = await freePort()
  let occupant: Server | undefined = createServer().listen({ host: '127.0.0.1', port })
  await once(occupant, 'listening')
  return {
    port,
    async give(): Promise<void> {
      if (!occupant) return
      const closed = once(occupant, 'close')
      occupant.close()
      occupant = undefined
      await closed
    },
  }
}
