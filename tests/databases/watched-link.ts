import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'
import { listenOn } from '#simulators/network/listening.ts'

/**
 * A TCP line to a server on this machine on which the worst of moments can be chosen: when a client has sent something
 * in particular.
 */
export interface WatchedLink {
  readonly port: number
  /** The next time that a client sends these bytes, the answer to them is lost, and the line with it. */
  loseAnswerTo(bytes: string): void
  /** The next time that a client sends these bytes: `event` runs when they are on their way. */
  once(bytes: string, event: () => void): void
  /** The clients' ends are gone, and the server does not hear of it: its ends stay open. */
  abandon(): void
  close(): Promise<void>
}

export async function startWatchedLink(options: { to: number }): Promise<WatchedLink> {
  let awaited: { bytes: string; event: (line: { lost: boolean }) => void } | undefined
  const nears = new Set<Socket>()
  const fars = new Set<Socket>()
  const server = createServer({ noDelay: true }, (near) => {
    const far = createConnection({ host: '127.0.0.1', port: options.to, noDelay: true })
    const line = { lost: false }
    nears.add(near)
    fars.add(far)
    near.on('error', () => undefined).on('close', () => nears.delete(near) && far.destroy())
    far.on('error', () => undefined).on('close', () => fars.delete(far) && near.destroy())
    let tail = Buffer.alloc(0)
    near.on('data', (chunk) => {
      // What is awaited may come in two pieces.
      const seen = Buffer.concat([tail, chunk])
      tail = seen.subarray(-64)
      const found = awaited !== undefined && seen.includes(awaited.bytes) ? awaited : undefined
      if (found) awaited = undefined
      far.write(chunk)
      found?.event(line)
    })
    // PostgreSQL answers when it is done: what comes after the bytes were sent is their answer.
    far.on('data', (chunk) => void (line.lost ? near.destroy() : near.write(chunk)))
  })
  const port = await listenOn(server, { host: '127.0.0.1', port: 0 })
  return {
    port,
    loseAnswerTo(bytes) {
      awaited = {
        bytes,
        event: (line) => {
          line.lost = true
        },
      }
    },
    once(bytes, event) {
      awaited = { bytes, event }
    },
    abandon() {
      for (const near of nears) {
        nears.delete(near)
        near.destroy()
      }
    },
    async close() {
      server.close()
      for (const far of fars) far.destroy()
      await once(server, 'close')
    },
  }
}
