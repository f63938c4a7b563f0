import { fork } from 'node:child_process'

/** A device in a process of its own, that is killed and started again; it says `up` when it can be used. */
export interface MortalProcess<Heard extends { kind: string }, Told extends object> {
  /** SIGKILL: nothing in it can say goodbye. Resolves when the kernel has closed what it held. */
  kill(): Promise<void>
  /** Starts it, and waits until it says `up`. */
  start(): Promise<void>
  tell(message: Told): void
  /** The next message of that kind from now on; rejects when the process ends before. */
  next<Kind extends Heard['kind']>(kind: Kind): Promise<Extract<Heard, { kind: Kind }>>
}

export function mortalProcess<Heard extends { kind: string }, Told extends object>(options: {
  file: string
  args: readonly string[]
  onMessage?: (message: Heard) => void
}): MortalProcess<Heard, Told> {
  const spawned = () =>
    fork(options.file, [...options.args], {
      serialization: 'advanced',
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
  let child: ReturnType<typeof spawned> | undefined
  const there = () => {
    if (!child) throw new Error(`${options.file} is not running`)
    return child
  }

  const next: MortalProcess<Heard, Told>['next'] = (kind) => {
    const process = there()
    return new Promise((resolve, reject) => {
      const look = (message: Heard) => {
        if (message.kind !== kind) return
        finish()
        resolve(message as Extract<Heard, { kind: typeof kind }>)
      }
      const ended = () => {
        finish()
        reject(new Error(`${options.file} ended before it said ${kind}`))
      }
      const finish = () => {
        process.off('message', look)
        process.off('exit', ended)
      }
      process.on('message', look)
      process.on('exit', ended)
    })
  }

  return {
    next,
    tell: (message) => void there().send(message),
    async start() {
      child = spawned()
      if (options.onMessage) child.on('message', options.onMessage)
      await next('up' as Heard['kind'])
    },
    async kill() {
      const dying = child
      child = undefined
      if (!dying || dying.exitCode !== null || dying.signalCode !== null) return
      const { promise, resolve } = Promise.withResolvers<void>()
      dying.once('exit', () => resolve())
      dying.kill('SIGKILL')
      await promise
    },
  }
}
