import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { VafaError } from '#runtime/errors.ts'
import type { FromCards, ToCards } from './card-process.ts'
import type { VirtualCard } from './virtual-card.ts'

const cardProcess = fileURLToPath(new URL('./card-process.ts', import.meta.url))

/** The APDUs that a card was sent while it lay there. */
export interface Asked {
  asked: readonly string[]
}

export interface InsertedCard {
  /** Takes the card away. */
  remove(): Promise<Asked>
  /** Resolves when the card has been sent this APDU (hexadecimal), or has been already; never where it is not. */
  heard(apdu: string): Promise<void>
  /** Resolves when the card is gone, also where its reader ended first. */
  readonly gone: Promise<Asked>
}

export interface CardHost {
  insert(port: number, card: VirtualCard): Promise<InsertedCard>
  /** Ends the process and with it every card. */
  close(): Promise<void>
}

/** Starts a process of cards; `within`: a command that it runs under, such as `nsenter … --`. */
export async function startCardHost(within: readonly string[] = []): Promise<CardHost> {
  const [command = process.execPath, ...args] = [...within, process.execPath, '--no-warnings', cardProcess]
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
  const waiting = new Map<number, (message: FromCards) => void>()
  let lastId = 0
  const awake = new Promise<boolean>((resolve) => {
    child.on('message', (message: FromCards) => {
      if (message.kind === 'awake') resolve(true)
      else waiting.get(message.id)?.(message)
    })
    void ended.then(() => resolve(false))
  })
  if (!(await awake)) throw failed(`the process of virtual cards did not start (${command})`)

  return {
    async insert(port, card) {
      const id = ++lastId
      const inserted = Promise.withResolvers<void>()
      const gone = Promise.withResolvers<Asked>()
      const sent = new Set<string>()
      const hearers = new Map<string, () => void>()
      const tell = (message: ToCards) => child.connected && child.send(message)
      void ended.then(() => {
        gone.resolve({ asked: [] })
        inserted.reject(failed('the process of virtual cards ended'))
      })
      waiting.set(id, (message) => {
        if (message.kind === 'inserted') inserted.resolve()
        if (message.kind === 'asked') {
          sent.add(message.apdu)
          hearers.get(message.apdu)?.()
        }
        if (message.kind === 'failed') inserted.reject(failed(message.reason))
        if (message.kind === 'gone') {
          waiting.delete(id)
          gone.resolve({ asked: message.asked })
        }
      })
      tell({ kind: 'insert', id, port, card })
      await inserted.promise
      return {
        gone: gone.promise,
        heard: (apdu) =>
          new Promise((resolve) => {
            if (sent.has(apdu)) resolve()
            else hearers.set(apdu, resolve)
          }),
        remove() {
          tell({ kind: 'remove', id })
          return gone.promise
        },
      }
    },
    async close() {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}

const failed = (message: string): VafaError => new VafaError({ key: 'sim.cards-failed', message, permanent: false })
