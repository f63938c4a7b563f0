import { type ChildProcess, fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FleetNews, FleetOrder, FleetPlan } from './fleet-process.ts'

const program = fileURLToPath(new URL('./fleet-process.ts', import.meta.url))

export interface Fleet {
  readonly pids: readonly number[]
  /** When the club answers every box, or after `withinMs`: of each that it answers, since when (milliseconds since 1970). */
  online(withinMs: number): Promise<number[]>
  /** Resolves when no box has an answer any more, or after `withinMs`. */
  offline(withinMs: number): Promise<void>
  /**
   * Sells from all boxes together, until the last sale is answered, or for `patienceMs` after it was due. `ms`: of each that was
   * answered, from when it was due to the club's reply.
   */
  sell(pace: { perSecond: number; seconds: number; patienceMs: number }): Promise<Omit<News<'sold'>, 'news'>>
  stop(): Promise<void>
}

/** Boxes in a few processes, which begin to connect at once. `folder`: where the plans, with their secrets, are written. */
export async function startFleet(options: FleetPlan & { folder: string; processes: number }): Promise<Fleet> {
  const { folder, processes, boxes, ...plan } = options
  const share = Math.ceil(boxes.length / processes)
  const crews = Array.from({ length: processes }, (_, n) => {
    const file = join(folder, `fleet-${n}.json`)
    writeFileSync(file, JSON.stringify({ ...plan, boxes: boxes.slice(n * share, (n + 1) * share) } satisfies FleetPlan), {
      mode: 0o600,
    })
    return openCrew(fork(program, [file], { execArgv: ['--no-warnings'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }))
  })
  await Promise.all(crews.map((crew) => crew.next('ready')))
  return {
    pids: crews.map(({ child }) => child.pid ?? -1),
    async online(withinMs) {
      const all = Promise.all(crews.map((crew) => crew.now('all-online')))
      const came =
        (await within(withinMs, all)) ?? (await Promise.all(crews.map((crew) => crew.ask({ order: 'stand' }, 'stands'))))
      return came.flatMap(({ at }) => at)
    },
    offline: async (withinMs) => void (await within(withinMs, Promise.all(crews.map((crew) => crew.now('all-offline'))))),
    async sell({ perSecond, ...pace }) {
      const sold = await Promise.all(
        crews.map((crew) => crew.ask({ order: 'sell', perSecond: perSecond / crews.length, ...pace }, 'sold')),
      )
      return {
        ms: sold.flatMap(({ ms }) => ms),
        accepted: sold.reduce((sum, { accepted }) => sum + accepted, 0),
        unanswered: sold.reduce((sum, { unanswered }) => sum + unanswered, 0),
        lost: sold.reduce((sum, one) => sum + one.lost, 0),
        startedLateMs: Math.max(...sold.map(({ startedLateMs }) => startedLateMs)),
      }
    },
    async stop() {
      await Promise.all(
        crews.map(async ({ child, ended }) => {
          child.disconnect()
          await ended
        }),
      )
    },
  }
}

type News<N extends FleetNews['news']> = Extract<FleetNews, { news: N }>

/** What `work` resolves with, or undefined where it has not in time. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), ms)
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** One process of the fleet: what it tells next, or where it stands now. */
function openCrew(child: ChildProcess) {
  let standing: FleetNews | undefined
  const listeners = new Set<(news: FleetNews) => void>()
  let fail = (_: Error) => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => {})
  const ended = new Promise<void>((resolve) =>
    child.once('exit', (code) => {
      fail(new Error(`a process of the fleet ended with ${code}`))
      resolve()
    }),
  )
  child.on('message', (news: FleetNews) => {
    if (news.news === 'all-online' || news.news === 'all-offline') standing = news
    for (const listener of listeners) listener(news)
  })
  const next = <N extends FleetNews['news']>(wanted: N): Promise<News<N>> =>
    Promise.race([
      failed,
      new Promise<News<N>>((resolve) => {
        const listener = (news: FleetNews) => {
          if (news.news !== wanted) return
          listeners.delete(listener)
          resolve(news as News<N>)
        }
        listeners.add(listener)
      }),
    ])
  return {
    child,
    ended,
    next,
    ask<N extends FleetNews['news']>(order: FleetOrder, answer: N): Promise<News<N>> {
      const answered = next(answer)
      child.send(order)
      return answered
    },
    now: async <N extends 'all-online' | 'all-offline'>(wanted: N): Promise<News<N>> =>
      standing?.news === wanted ? (standing as News<N>) : next(wanted),
  }
}
