import { once } from 'node:events'
import { createServer } from 'node:net'
import { listenOn } from '#simulators/network/listening.ts'

/** A port of this machine that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listenOn(server, { host: '127.0.0.1', port: 0 })
  server.close()
  await once(server, 'close')
  return port
}
