import { type ChildProcess, fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FleetNews, FleetOrder, FleetPlan } from './fleet-process.ts'

const program = fileURLToPath(new URL('./fleet-process.ts', import.meta.url))

export interface Fleet {
  readonly pids: readonly number[]
  /** Resolves when the club answers every box: for each, when that was (milliseconds since 1970). */
  allOnline(): Promise<number[]>
  /** Resolves when no box has an answer any more. */
  allOffline(): Promise<void>
  /** Sells from all boxes together; resolves when the last sale is answered. `ms`: of each, from when it was due to the club's reply. */
  sell(pace: { perSecond: number; seconds: number }): Promise<Omit<News<'sold'>, 'news'>>
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
    allOnline: async () => (await Promise.all(crews.map((crew) => crew.now('all-online')))).flatMap(({ at }) => at),
    allOffline: async () => void (await Promise.all(crews.map((crew) => crew.now('all-offline')))),
    async sell({ perSecond, seconds }) {
      const sold = await Promise.all(
        crews.map((crew) => {
          const done = crew.next('sold')
          crew.child.send({ order: 'sell', perSecond: perSecond / crews.length, seconds } satisfies FleetOrder)
          return done
        }),
      )
      return {
        ms: sold.flatMap(({ ms }) => ms),
        accepted: sold.reduce((sum, { accepted }) => sum + accepted, 0),
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
    now: async <N extends 'all-online' | 'all-offline'>(wanted: N): Promise<News<N>> =>
      standing?.news === wanted ? (standing as News<N>) : next(wanted),
  }
}
