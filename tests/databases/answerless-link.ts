import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import { listenOn } from '#simulators/network/listening.ts'

/**
 * A TCP line to a server on this machine that can break in the worst of moments: after the server has got something
 * and done it, before its answer is through.
 */
export interface AnswerlessLink {
  readonly port: number
  /** The next time that a client sends these bytes, the answer to them is lost, and the line with it. */
  loseAnswerTo(bytes: string): void
  close(): Promise<void>
}

export async function startAnswerlessLink(options: { to: number }): Promise<AnswerlessLink> {
  let fatal: string | undefined
  const server = createServer({ noDelay: true }, (near) => {
    const far = createConnection({ host: '127.0.0.1', port: options.to, noDelay: true })
    let lost = false
    near.on('error', () => undefined).on('close', () => far.destroy())
    far.on('error', () => undefined).on('close', () => near.destroy())
    near.on('data', (chunk) => {
      if (fatal !== undefined && chunk.includes(fatal)) {
        fatal = undefined
        lost = true
      }
      far.write(chunk)
    })
    // PostgreSQL answers a commit when it is done: what comes now is that answer.
    far.on('data', (chunk) => void (lost ? near.destroy() : near.write(chunk)))
  })
  const port = await listenOn(server, { host: '127.0.0.1', port: 0 })
  return {
    port,
    loseAnswerTo(bytes) {
      fatal = bytes
    },
    async close() {
      server.close()
      await once(server, 'close')
    },
  }
}
