import { benchClub, type ClubBench, type ClubFigures } from '../bench/club/club.ts'

/** `vafa bench club`: each engine with each number of members, beside its floor. */
export async function printClub(options: {
  json?: boolean
  sales?: number
  members: readonly number[]
  engine: 'sqlite' | 'postgres' | 'both'
}): Promise<void> {
  const { json, sales = 20_000, members, engine } = options
  const engines = engine === 'both' ? (['sqlite', 'postgres'] as const) : [engine]
  const bench = await benchClub({ engines, members, sales })
  process.stdout.write(json ? `${JSON.stringify(bench)}\n` : report(bench))
}

const whole = (value: number) => value.toLocaleString('en-US').padStart(12)
const ms = (value: number) => value.toFixed(2).padStart(8)

function report({ sales, pgbench, figures }: ClubBench): string {
  const lines = figures.flatMap(({ engine, members, floor }: ClubFigures) => [
    `${engine.padEnd(10)}${whole(members)}  lean sale${whole(floor.perSecond)}/s${ms(floor.single.p50)}${ms(floor.single.p99)}`,
  ])
  return `${[
    `${'engine'.padEnd(10)}     members            ${sales.toLocaleString('en-US')} in batches  one: p50     p99 ms`,
    ...lines,
    ...(pgbench === undefined ? [] : ['', `pgbench (TPC-B, 8 clients): ${pgbench.toLocaleString('en-US')} tps`]),
  ].join('\n')}\n`
}
