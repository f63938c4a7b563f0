import { type Arrivals, benchFleet, type FleetFigures, type FleetOptions, type LineFigures } from '../bench/fleet/fleet.ts'

/** What `npm run bench -- fleet` measures, and `verify:long` with ten times the boxes. */
export const fleetOptions = (boxes: number): FleetOptions => ({
  boxes,
  perSecond: 500,
  seconds: 30,
  awaySeconds: 10,
  // Longer than two heartbeats.
  restSeconds: 25,
  members: 10_000,
  lines: ['plain', 'tls'],
  processes: boxes > 2_000 ? 4 : 2,
  onStep: (step) => process.stderr.write(`${step}\n`),
})

/** `vafa bench fleet`. */
export async function printFleet({ json, boxes = 1_000 }: { json?: boolean; boxes?: number }): Promise<void> {
  const figures = await benchFleet(fleetOptions(boxes))
  process.stdout.write(json ? `${JSON.stringify(figures)}\n` : fleetReport(figures))
}

const seconds = (ms: number) => (ms / 1_000).toFixed(1)
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
const percent = (share: number) => `${Math.round(share * 100)} %`
const came = ({ came, clubReadyMs, online, mostInASecond }: Arrivals) =>
  `${came} in ${seconds(online.max)} s (half in ${seconds(online.p50)}, at most ${mostInASecond} in a second; the club was ready after ${seconds(clubReadyMs)} s)`

function lineReport({ line, first, storm, pss, pssOfABox, cpu, facts }: LineFigures): string {
  const { reply, perSecond, reached, sent, accepted, unanswered, lost, startedLateMs } = facts
  return [
    line === 'tls' ? 'with TLS' : 'without TLS',
    `  first arrival    ${came(first)}`,
    `  after a restart  ${came(storm)} (target: 60 s)`,
    `  club’s memory    ${megabytes(pss.alone)} alone, ${megabytes(pss.withBoxes)} with all boxes, ${megabytes(pss.afterSales)} after the sales; ${(pssOfABox / 1e3).toFixed(0)} kB a box`,
    `  club’s processor ${percent(cpu.idle)} of one core while nobody sells; ${cpu.ofAComing.toFixed(1)} ms when a box comes, ${cpu.ofASale.toFixed(2)} ms a sale`,
    `  sale → reply     ${Math.round(reached)} of ${perSecond} a second; p50 ${reply.p50.toFixed(1)} ms, p99 ${reply.p99.toFixed(1)} ms, worst ${reply.max.toFixed(0)} ms (${accepted} of ${sent} accepted, ${unanswered} unanswered; ${lost} heartbeats unanswered; the generator was ${startedLateMs.toFixed(0)} ms late at worst)`,
  ].join('\n')
}

function fleetReport({ boxes, members, cores, load, lines, price }: FleetFigures): string {
  const times = (ratio: number) => `×${ratio.toFixed(2)}`
  return `${[
    `${boxes} boxes, ${members} members, ${cores} cores; load of the machine ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after`,
    ...lines.map(lineReport),
    ...(price
      ? [
          `TLS by plain: reply p50 ${times(price.reply.p50)}, p99 ${times(price.reply.p99)}; processor idle ${times(price.cpu.idle)}, a box’s coming ${times(price.cpu.ofAComing)}, a sale ${times(price.cpu.ofASale)}; memory of a box ${times(price.pssOfABox)}; all back ${times(price.storm)}`,
        ]
      : []),
  ].join('\n\n')}\n`
}
