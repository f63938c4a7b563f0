import type { BacklogFigures } from '../bench/backlog.ts'
import { benchDecide, type DecideFigures } from '../bench/decide.ts'
import type { FloodBench, FloodFigures } from '../bench/flood.ts'
import type { Quantiles } from '../bench/quantiles.ts'
import type { SealingFigures } from '../bench/sealing.ts'
import { benchTap, type TapFigures } from '../bench/tap.ts'

interface BenchOptions {
  json?: boolean
  sales?: number
  boxes?: number
  facts?: number
  members: number[]
  engine: 'sqlite' | 'postgres' | 'both'
}

/** `vafa bench NAME`: measures, prints, judges nothing. */
export async function bench(
  name: 'tap' | 'decide' | 'club' | 'devices' | 'flood' | 'sealing' | 'backlog' | 'fleet' | 'screens',
  options: BenchOptions,
): Promise<void> {
  const { sales = 2_000 } = options
  if (name === 'club') return (await import('./bench-club.ts')).printClub(options)
  if (name === 'devices') return (await import('./bench-devices.ts')).printDevices(options)
  if (name === 'screens') return (await import('./bench-screens.ts')).printScreens(options)
  if (name === 'fleet') return (await import('./bench-fleet.ts')).printFleet(options)
  if (name === 'flood') {
    const figures = await (await import('../bench/flood.ts')).benchFlood({ sales: options.sales ?? 500 })
    return void process.stdout.write(options.json ? `${JSON.stringify(figures)}\n` : floodReport(figures))
  }
  if (name === 'backlog') {
    const figures = await (await import('../bench/backlog.ts')).benchBacklog({ facts: options.facts ?? 200_000 })
    return void process.stdout.write(options.json ? `${JSON.stringify(figures)}\n` : backlogReport(figures))
  }
  if (name === 'sealing') {
    const figures = await (await import('../bench/sealing.ts')).benchSealing({ sales })
    return void process.stdout.write(options.json ? `${JSON.stringify(figures)}\n` : sealingReport(figures))
  }
  if (name === 'decide') return print(benchDecide({ sales }), options)
  const figures = await benchTap({ sales })
  process.stdout.write(options.json ? `${JSON.stringify(figures)}\n` : report(figures))
}

function print(figures: DecideFigures, options: { json?: boolean }): void {
  const { rules, sales, p50, worst } = figures
  const text = `decide, ${rules} rules, ${sales} sales: ${p50.toFixed(1)} µs a sale, ${worst.toFixed(1)} in the worst round (target: under 20)\n`
  process.stdout.write(options.json ? `${JSON.stringify(figures)}\n` : text)
}

const ms = (value: number) => value.toFixed(2).padStart(8)
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`

function report(f: TapFigures): string {
  const row = (name: string, q: { p50: number; p99: number; max: number; perSecond?: number }) =>
    `${name.padEnd(44)}${ms(q.p50)}${ms(q.p99)}${ms(q.max)}${q.perSecond === undefined ? '' : `${String(q.perSecond).padStart(8)}/s`}`
  return `${[
    `${'milliseconds'.padEnd(44)}     p50     p99     max`,
    row(`complete → receipt, one after another (${f.sales})`, f.oneAfterAnother),
    row(`complete → receipt, ${f.lanes} lanes at once (${f.sales})`, f.inFlight),
    row(`round trip, ${f.bytes.fact} bytes there, ${f.bytes.reply} back`, f.roundTrip),
    row('commit of one row (the box)', f.commit.box),
    row('commit of a lean sale (the club)', f.commit.club),
    '',
    `one after another / (round trip + both commits), at p50: ${f.ratio.toFixed(2)} (target: at most 2)`,
    `ready: club ${f.readyMs.club} ms, gateway ${f.readyMs.gateway} ms (target: under 1,000)`,
    `gateway with its children, one device of each kind, reader ${f.idle.reader}, idle: ${megabytes(f.idle.pss)} (target: at most 140)`,
    `gateway of ${f.lanes} lanes: ${megabytes(f.lanesPss.before)} before the sales, ${megabytes(f.lanesPss.after)} after`,
  ].join('\n')}\n`
}

function sealingReport({ sales, sealed, plain, work }: SealingFigures): string {
  const row = (name: string, q: Quantiles) =>
    `${name.padEnd(44)}${[q.p50, q.p99].map((us) => us.toFixed(0).padStart(8)).join('')}`
  return `${[
    `${'a fact to the disk, microseconds'.padEnd(44)}     p50     p99`,
    row(`plain (${sales})`, plain),
    row(`sealed (${sales})`, sealed),
    `sealing what a sale leaves on the disk: ${work.toFixed(1)} µs of work`,
  ].join('\n')}\n`
}

function backlogReport(f: BacklogFigures): string {
  const row = (name: string, q: Quantiles) => `${name.padEnd(44)}${ms(q.p50)}${ms(q.p99)}${ms(q.max)}`
  return `${[
    `a box that was away for ${f.days} days: ${f.facts} facts, ${megabytes(f.bytes)} (load ${f.load.toFixed(1)})`,
    `ready after ${f.readyMs} ms; drained in ${f.drainSeconds} s: ${f.perSecond} facts/s; ${f.booked} sales booked, ${f.quarantined} set aside`,
    `processor of a fact: ${f.processor.club} ms in the club, ${f.processor.box} ms in the box (its live sales included)`,
    `the box has ${megabytes(f.rss.before)} before, ${megabytes(f.rss.most)} at most, ${megabytes(f.rss.after)} after`,
    `${'a live sale, complete → result, milliseconds'.padEnd(44)}     p50     p99     max`,
    `${row(`while it drains (${f.live.during.sales})`, f.live.during)}   ${f.live.during.provisional} by the box alone`,
    `${row(`without (${f.live.after.sales})`, f.live.after)}   ${f.live.after.provisional} by the box alone`,
  ].join('\n')}\n`
}

const floodReport = ({ store, till }: FloodBench): string =>
  `another store floods the club\n${floodPart(store)}\na machine floods another lane’s till port\n${floodPart(till)}`

function floodPart({ sales, calm, flooded, ratio, provisional, sent, load }: FloodFigures): string {
  const row = (name: string, q: { p50: number; p99: number; max: number }, alone: number) =>
    `${name.padEnd(44)}${ms(q.p50)}${ms(q.p99)}${ms(q.max)}   ${alone} by the box alone`
  return `${[
    `${'complete → result, milliseconds'.padEnd(44)}     p50     p99     max`,
    row(`nobody floods (${sales})`, calm, provisional.calm),
    row(`somebody floods (${sales})`, flooded, provisional.flooded),
    `p99 with the flood / without: ${ratio.toFixed(1)}; ${sent} messages of the flood; load of the machine before: ${load.toFixed(1)}`,
  ].join('\n')}\n`
}
