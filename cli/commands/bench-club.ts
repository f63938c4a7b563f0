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

const whole = (value: number) => Math.round(value).toLocaleString('en-US')
const rate = (value: number) => `${whole(value)}/s`.padStart(10)
const ms = (value: number) => value.toFixed(2).padStart(8)

function report({ sales, pgbench, figures }: ClubBench): string {
  const blocks = figures.map(({ engine, members, loadSeconds, floor, booked }: ClubFigures) => {
    const aim =
      engine === 'sqlite'
        ? `${Math.round((booked.perSecond / floor.perSecond) * 100)} % of the lean sales (target: at least 50)`
        : `${(booked.perSecond / (pgbench ?? Number.NaN)).toFixed(1)} × pgbench (target: at least 2)`
    return [
      `${engine}, ${whole(members)} members (loaded in ${loadSeconds.toFixed(1)} s)`,
      `  lean sales      ${rate(floor.perSecond)}${ms(floor.single.p50)}${ms(floor.single.p99)}`,
      `  through the books${rate(booked.perSecond).slice(1)}${ms(booked.single.p50)}${ms(booked.single.p99)}   ${aim}, one alone p99 under 5 ms`,
      `  (event ${booked.event} bytes, reply ${booked.reply}, ${booked.transfers.toFixed(1)} transfers a sale)`,
    ].join('\n')
  })
  return `${[
    `${whole(sales)} sales in batches of 256, 50 rules        p50     p99 ms of one alone`,
    ...blocks,
    ...(pgbench === undefined ? [] : [`pgbench (TPC-B, 8 clients): ${whole(pgbench)} tps`]),
  ].join('\n\n')}\n`
}
