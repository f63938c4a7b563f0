import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { VafaError } from '#runtime/errors.ts'
import type { FromCards, ToCards } from './card-process.ts'
import type { VirtualCard } from './virtual-card.ts'

const cardProcess = fileURLToPath(new URL('./card-process.ts', import.meta.url))

export interface InsertedCard {
  /** Takes the card away; gives the APDUs that it was asked. */
  remove(): Promise<{ asked: readonly string[] }>
  /** Resolves when the card is gone, also where its reader ended first. */
  readonly gone: Promise<{ asked: readonly string[] }>
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
    insert(port, card) {
      const id = ++lastId
      return new Promise((resolve, reject) => {
        let left: (outcome: { asked: readonly string[] }) => void
        const gone = new Promise<{ asked: readonly string[] }>((settle) => {
          left = settle
        })
        void ended.then(() => {
          left({ asked: [] })
          reject(failed('the process of virtual cards ended'))
        })
        const tell = (message: ToCards) => child.connected && child.send(message)
        waiting.set(id, (message) => {
          if (message.kind === 'failed') reject(failed(message.reason))
          if (message.kind === 'gone') left({ asked: message.asked })
          if (message.kind === 'inserted') {
            resolve({
              gone,
              remove() {
                tell({ kind: 'remove', id })
                return gone
              },
            })
          }
        })
        tell({ kind: 'insert', id, port, card })
      })
    },
    async close() {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}

const failed = (message: string): VafaError => new VafaError({ key: 'sim.cards-failed', message, permanent: false })
