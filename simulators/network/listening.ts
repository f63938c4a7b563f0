import { once } from 'node:events'
import type { Server } from 'node:net'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'

/** Listens and gives the port; 0 takes a free one. A port that cannot be had throws `sim.port-taken`. */
export async function listenOn(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  server.listen({ host, port })
  try {
    await once(server, 'listening')
  } catch (cause) {
    const taken = codeOf(cause) === 'EADDRINUSE'
    throw new VafaError({
      key: 'sim.port-taken',
      message: taken ? `another process has the port ${host}:${port}` : `cannot listen on ${host}:${port}: ${messageOf(cause)}`,
      hint: taken ? 'end it (`ss -ltnp` names it), or choose another port' : 'choose another port',
      cause,
    })
  }
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : port
}
