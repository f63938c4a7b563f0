import type { Server } from 'node:net'
import { VafaError } from '#runtime/errors.ts'
import { isLoopback } from '#runtime/loopback.ts'
import { listenError } from '../till/listen-error.ts'

/** Where a device listens that is called by others (tills, terminals). `what`: as errors name it: `till port`. */
export interface Listening {
  host: string
  port: number
  what: string
  signal: AbortSignal
}

/** Listens, or says why not; leaves nothing behind when it fails or the signal comes first. */
export async function listenTcp(server: Server, { host, port, what, signal }: Listening): Promise<void> {
  const where = `${what} ${host}:${port}`
  try {
    await new Promise<void>((resolve, reject) => {
      signal.throwIfAborted()
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (error) {
    throw listenError(where, error)
  }
  if (!signal.aborted) return
  await new Promise((resolve) => server.close(resolve))
  throw new VafaError({ key: 'device.let-go', message: `${where}: let go before it was open`, permanent: false })
}

/** Nothing on such a port is signed or encrypted: beyond the machine itself somebody must have meant it. */
export function refuseOpenNetwork(options: { host: string; port: number; insecure: boolean }, what: string): void {
  const { host, port, insecure } = options
  if (isLoopback(host) || insecure) return
  throw new VafaError({
    key: 'device.insecure',
    message: `${what} ${host}:${port}: other machines could reach it, and it knows no password and no encryption`,
    hint: 'listen on 127.0.0.1 and let the till’s machine tunnel to it (ssh, stunnel), or write `insecure: true` on a network of its own',
  })
}
