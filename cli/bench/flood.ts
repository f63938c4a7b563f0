import { appendFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { dirname, join } from 'node:path'
import { type Flood, startFlood, startTillFlood } from '#simulators/flood/flood.ts'
import { freePort } from '#simulators/process/free-port.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { connectTillWhenThere } from '#simulators/till/when-there.ts'
import { layBenchStore } from './bench-store.ts'
import { oneSale } from './one-sale.ts'
import { type Quantiles, quantilesOf } from './quantiles.ts'

export interface FloodFigures {
  /** Sales with the flood, and as many without. */
  sales: number
  /** Of who floods nobody: milliseconds from `complete` to the club's result. */
  calm: Quantiles
  flooded: Quantiles
  /** p99 with the flood by p99 without. */
  ratio: number
  /** How many of the sales were answered by the box alone, since the club took too long. */
  provisional: { calm: number; flooded: number }
  /** Messages that whoever floods gave to its connections. */
  sent: number
  /** Of the machine in the minute before. */
  load: number
}

/** By who floods: another store the club, or a machine another lane's till port of the same box. */
export interface FloodBench {
  store: FloodFigures
  till: FloodFigures
}

/** A lane sells while somebody else sends what he can; in turns with and without, a tenth of the sales each. */
export async function benchFlood({ sales }: { sales: number }): Promise<FloodBench> {
  const load = loadavg()[0] ?? 0
  const [tillPort, otherPort] = [await freePort(), await freePort()]
  const store = await layBenchStore({
    lanes: ['lane-1', 'lane-2'].map((lane) => ({ lane, receipt: { via: 'till' } })),
    devices: [
      { device: 'till', lane: 'lane-1', driver: 'till-tcp', options: { port: tillPort, requestsPerSecond: 10_000 } },
      { device: 'flooded', lane: 'lane-2', driver: 'till-tcp', options: { port: otherPort } },
    ],
  })
  const password = 'p'.repeat(40)
  writeFileSync(join(dirname(store.clubConfig), 'secrets/flood'), password)
  appendFileSync(store.clubConfig, '  - store: flood\n    secretFile: secrets/flood\n')
  let till: TillClient | undefined
  try {
    await store.start()
    till = await connectTillWhenThere({ port: tillPort })
    for (let n = 0; n < 20; n += 1) await oneSale(till, n)
    const floods = {
      store: () => startFlood({ port: store.clubPort, club: 'bench', store: 'flood', password }),
      till: () => startTillFlood({ port: otherPort, address: '127.0.0.9' }),
    }
    const given = { till, sales, load }
    return { store: await measure({ ...given, flood: floods.store }), till: await measure({ ...given, flood: floods.till }) }
  } finally {
    await till?.close()
    await store.close()
  }
}

async function measure({
  till,
  sales,
  flood: start,
  load,
}: {
  till: TillClient
  sales: number
  flood(): Promise<Flood>
  load: number
}): Promise<FloodFigures> {
  const times = { calm: [] as number[], flooded: [] as number[] }
  const provisional = { calm: 0, flooded: 0 }
  const turn = Math.max(1, Math.ceil(sales / 10))
  let sent = 0
  while (times.flooded.length < sales) {
    for (const how of ['calm', 'flooded'] as const) {
      const flood = how === 'flooded' ? await start() : undefined
      for (let n = 0; n < turn; n += 1) {
        const { ms, status } = await oneSale(till, n)
        times[how].push(ms)
        if (status !== 'accepted') provisional[how] += 1
      }
      sent += (await flood?.stop()) ?? 0
    }
  }
  const [calm, flooded] = [quantilesOf(times.calm), quantilesOf(times.flooded)]
  return { sales: times.flooded.length, calm, flooded, ratio: flooded.p99 / calm.p99, provisional, sent, load }
}
