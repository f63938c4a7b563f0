import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Fleet, startFleet } from '#simulators/fleet/fleet.ts'
import { cpuMs } from '#simulators/process/cpu-time.ts'
import { proportionalSetSize } from '#simulators/process/memory.ts'
import { startVafa, type WatchedProcess } from '#simulators/process/watched-process.ts'
import { type Quantiles, quantilesOf } from '../quantiles.ts'
import { writeFleetClub } from './fleet-club.ts'

/** How all boxes came. Milliseconds: after a restart from when the club was ready, at the first time from the first box on. */
export interface Arrivals {
  /** Boxes that the club answered before patience ended; the rest of the figures is of them. */
  came: number
  /** From the start of the club's process until it was ready. */
  clubReadyMs: number
  /** Of each box, until the club had answered it. */
  online: Quantiles
  /** The most that came in one second. */
  mostInASecond: number
}

/** A fleet on one club, over a line without TLS or with it. */
export interface LineFigures {
  line: 'plain' | 'tls'
  /** The fleet and the club start together. */
  first: Arrivals
  /** The club was killed, was away, and came back. */
  storm: Arrivals
  /** Proportional set size of the club, bytes. */
  pss: { alone: number; withBoxes: number; afterSales: number }
  /** Of one box at the club, bytes. */
  pssOfABox: number
  /** The club's processor, its threads together: share of one core with all boxes there and idle; milliseconds of a box's coming, and of a sale. */
  cpu: { idle: number; ofAComing: number; ofASale: number }
  /** From when a sale was due until its box had the club's reply, milliseconds; `reached`: answered in a second. */
  facts: {
    perSecond: number
    reached: number
    sent: number
    accepted: number
    /** Before patience ended. */
    unanswered: number
    reply: Quantiles
    startedLateMs: number
    lost: number
  }
}

export interface FleetFigures {
  boxes: number
  members: number
  seconds: number
  awaySeconds: number
  cores: number
  /** Of the machine in the minute before and in the one at the end. */
  load: { before: number; after: number }
  lines: LineFigures[]
  /** With TLS by without. */
  price?: { reply: { p50: number; p99: number }; cpu: LineFigures['cpu']; pssOfABox: number; storm: number }
}

export interface FleetOptions {
  boxes: number
  perSecond: number
  seconds: number
  /** How long the club is away before the storm. */
  awaySeconds: number
  /** How long nobody sells while the processor is read. */
  restSeconds: number
  members: number
  lines: readonly ('plain' | 'tls')[]
  /** The boxes live in so many processes. */
  processes: number
  onStep?(step: string): void
}

/** `boxes` real uplinks on one club process with its own broker: their coming, their coming back, what they cost and how sales fare. */
export async function benchFleet(options: FleetOptions): Promise<FleetFigures> {
  const { boxes, members, seconds, awaySeconds } = options
  const before = loadavg()[0] ?? 0
  const lines: LineFigures[] = []
  for (const line of options.lines) lines.push(await measureLine(line, options))
  const [plain, tls] = [lines.find(({ line }) => line === 'plain'), lines.find(({ line }) => line === 'tls')]
  return {
    ...{ boxes, members, seconds, awaySeconds, cores: cpus().length, lines },
    load: { before, after: loadavg()[0] ?? 0 },
    ...(plain && tls ? { price: priceOf(plain, tls) } : {}),
  }
}

const priceOf = (plain: LineFigures, tls: LineFigures): NonNullable<FleetFigures['price']> => ({
  reply: { p50: tls.facts.reply.p50 / plain.facts.reply.p50, p99: tls.facts.reply.p99 / plain.facts.reply.p99 },
  cpu: {
    idle: tls.cpu.idle / plain.cpu.idle,
    ofAComing: tls.cpu.ofAComing / plain.cpu.ofAComing,
    ofASale: tls.cpu.ofASale / plain.cpu.ofASale,
  },
  pssOfABox: tls.pssOfABox / plain.pssOfABox,
  storm: tls.storm.online.max / plain.storm.online.max,
})

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
/** A machine that is too slow for its fleet is told so in minutes: it was in seconds that all should have been there. */
const startPatienceMs = 600_000
const comingPatienceMs = 300_000
const sellingPatienceMs = 60_000

async function measureLine(line: 'plain' | 'tls', options: FleetOptions): Promise<LineFigures> {
  const { boxes: stores, members, perSecond, seconds, awaySeconds, restSeconds, processes, onStep = () => {} } = options
  const folder = mkdtempSync(join(tmpdir(), 'vafa-bench-'))
  let club: WatchedProcess | undefined
  let fleet: Fleet | undefined
  try {
    onStep(`${line}: a club of ${stores} stores and ${members} members`)
    const written = await writeFleetClub({ folder: join(folder, 'club'), stores, members, line })
    const startClub = async () => {
      const began = performance.now()
      club = startVafa(['club', '-c', written.config], {}, openSync(join(folder, 'club.log'), 'a'))
      await club.line(/^ready:/, startPatienceMs).catch((error: unknown) => {
        throw new Error(`${error}\n${readFileSync(join(folder, 'club.log'), 'utf8').slice(-1_500)}`)
      })
      return { process: club, readyMs: Math.round(performance.now() - began), readyAt: Date.now() }
    }
    const start = await startClub()
    const alone = proportionalSetSize(start.process.pid)
    onStep(`${line}: the boxes come`)
    mkdirSync(join(folder, 'fleet'))
    const coming = cpuMs(start.process.pid)
    fleet = await startFleet({ ...written, folder: join(folder, 'fleet'), processes })
    const first = arrivals(start.readyMs, await fleet.online(comingPatienceMs), Number.POSITIVE_INFINITY)
    const ofAComing = (cpuMs(start.process.pid) - coming) / Math.max(first.came, 1)
    onStep(`${line}: ${first.came} are there; a rest of ${restSeconds} s`)
    const rest = await timed(start.process.pid, () => pause(restSeconds))
    const withBoxes = proportionalSetSize(start.process.pid)
    onStep(`${line}: ${perSecond} sales a second for ${seconds} s`)
    const patienceMs = sellingPatienceMs
    await fleet.sell({ perSecond: Math.min(perSecond, 100), seconds: Math.min(seconds, 5), patienceMs })
    const { sell } = fleet
    const sale = await timed(start.process.pid, () => sell({ perSecond, seconds, patienceMs }))
    const afterSales = proportionalSetSize(start.process.pid)
    onStep(`${line}: the club is killed, and is away for ${awaySeconds} s`)
    const gone = fleet.offline(comingPatienceMs)
    start.process.signal('SIGKILL')
    await Promise.all([gone, start.process.ended, pause(awaySeconds)])
    const again = await startClub()
    const storm = arrivals(again.readyMs, await fleet.online(comingPatienceMs), again.readyAt)
    const { ms, ...facts } = sale.result
    const sent = ms.length + facts.unanswered
    return {
      ...{
        line,
        first,
        storm,
        pss: { alone, withBoxes, afterSales },
        cpu: { idle: rest.cpuMs / rest.ms, ofAComing, ofASale: sale.cpuMs / Math.max(ms.length, 1) },
      },
      pssOfABox: Math.round((withBoxes - alone) / stores),
      facts: { perSecond, reached: ms.length / (sale.ms / 1_000), sent, reply: quantilesOf(ms), ...facts },
    }
  } finally {
    await fleet?.stop()
    await club?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `from`: milliseconds since 1970; where the boxes only start themselves it is the first one that came. */
function arrivals(clubReadyMs: number, at: readonly number[], from: number): Arrivals {
  const first = Math.min(...at, from)
  const seconds = new Map<number, number>()
  for (const one of at) {
    const second = Math.floor((one - first) / 1_000)
    seconds.set(second, (seconds.get(second) ?? 0) + 1)
  }
  const online = quantilesOf(at.map((one) => one - first))
  return { came: at.length, clubReadyMs, online, mostInASecond: Math.max(0, ...seconds.values()) }
}

/** `work`, how long it took, and how much processor the process used meanwhile. */
async function timed<T>(pid: number, work: () => Promise<T>): Promise<{ result: T; ms: number; cpuMs: number }> {
  const [cpu, began] = [cpuMs(pid), performance.now()]
  const result = await work()
  return { result, ms: performance.now() - began, cpuMs: cpuMs(pid) - cpu }
}
