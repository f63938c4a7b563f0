import { dirname, join } from 'node:path'
import { mountSmallDisk, type SmallDisk } from '#simulators/disk/small-disk.ts'
import { proportionalSetSize } from '#simulators/process/memory.ts'
import type { WatchedProcess } from '#simulators/process/watched-process.ts'
import { type AgentStore, makeAgentStore } from '../agent-store.ts'
import { chance, compare, drained, pause } from '../faults/outside-record.ts'
import { putUnderFire, type StoreUnderFire, settledTerminal } from '../faults/store-under-fire.ts'

/** What is done to the store, at random. */
const faultKinds = [
  'gatewayKilled',
  'clubKilled',
  'terminalKilled',
  'bothKilled',
  'lineCut',
  'lineHalfOpen',
  'lineLostInBetween',
  'lineSlow',
  'lineEndedOnOneSide',
  'cableCut',
  'cableHalfOpen',
  'boxDiskFull',
  'clubDiskFull',
  'terminalDiskFull',
] as const
type FaultKind = (typeof faultKinds)[number]

export interface SoakFigures {
  minutes: number
  seed: number
  salesAcknowledged: number
  salesAttempted: number
  /** Of these, at the terminal. */
  salesAtTerminal: number
  reversalsAcknowledged: number
  provisional: number
  faults: Record<FaultKind, number>
  pssMegabytes: { gatewayFirst: number; gatewayLast: number; clubFirst: number; clubLast: number }
  drainSeconds: number
  lost: number
  doubled: number
  /** What the outside record and the books disagree on; empty where nothing was lost and nothing doubled. */
  differences: string[]
}

const tills = 4
const gigabyte = 1024 ** 3
/** A start may take long on a machine that does other things too. */
const patienceMs = 180_000

/**
 * Four tills and a terminal sell for `minutes` while processes are killed, the line and the terminal's cable fail in each
 * way that a line can, and disks fill up, at random by `seed`; then everything is mended, the backlog drains, and the books
 * are held against the outside record. `only`: of these faults. As root: the disks are file systems of their own.
 */
export async function soak(options: { minutes: number; seed: number; only?: readonly FaultKind[] }): Promise<SoakFigures> {
  const { minutes, seed, only = faultKinds } = options
  const random = chance(seed)
  const disks = {} as Record<'box' | 'club' | 'terminal', SmallDisk>
  const store = await makeAgentStore({
    tills,
    terminalAt: 'own-lane',
    budgetMs: 500,
    before({ chain, terminal }) {
      const mount = (name: string, folder: string) =>
        mountSmallDisk(folder, { bytes: 8 * gigabyte, image: join(chain.folder, `${name}.image`) })
      disks.box = mount('box', join(dirname(chain.gatewayConfig), 'data'))
      disks.club = mount('club', join(dirname(chain.clubConfig), 'data'))
      disks.terminal = mount('terminal', join(terminal, 'data'))
    },
  })
  const daemons = { club: store.club, gateway: store.gateway }
  let fire: StoreUnderFire | undefined
  try {
    fire = await putUnderFire(store, { tills, each: 3 })
    const { record } = fire
    const first = memoryOf(daemons)
    fire.sell({ random })
    const end = performance.now() + minutes * 60_000
    const faults = await breakThings({ store, fire, daemons, disks, random, end, only })
    await fire.stop()
    const last = memoryOf(daemons)

    const began = performance.now()
    const books = await drained(store.chain, record)
    await fire.terminal.until(settledTerminal)
    const differences = compare(record, books)
    return {
      minutes,
      seed,
      salesAcknowledged: record.acknowledged.size + record.terminal.sold.size,
      salesAttempted: record.attempted.size + record.terminal.attempted.size,
      salesAtTerminal: record.terminal.sold.size,
      reversalsAcknowledged: record.reversed.size,
      provisional: record.provisional,
      faults,
      pssMegabytes: { gatewayFirst: first.gateway, gatewayLast: last.gateway, clubFirst: first.club, clubLast: last.club },
      drainSeconds: Math.round((performance.now() - began) / 100) / 10,
      lost: differences.filter((one) => one.startsWith('lost')).length,
      doubled: differences.filter((one) => /twice/.test(one)).length,
      differences,
    }
  } finally {
    await fire?.close()
    for (const daemon of Object.values(daemons)) await daemon.stop()
    for (const disk of Object.values(disks)) disk.close()
    await store.close()
  }
}

async function breakThings(options: {
  store: AgentStore
  fire: StoreUnderFire
  daemons: Record<'club' | 'gateway', WatchedProcess>
  disks: Record<'box' | 'club' | 'terminal', SmallDisk>
  random: () => number
  end: number
  only: readonly FaultKind[]
}): Promise<SoakFigures['faults']> {
  const { store, fire, daemons, disks, random, end, only } = options
  const { chain, cable } = store
  const { line } = chain
  const faults = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as SoakFigures['faults']
  const kill = async (name: 'club' | 'gateway') => {
    daemons[name].signal('SIGKILL')
    await daemons[name].ended
    await pause(random() * 1_500)
    daemons[name] = await chain.start(name, { patienceMs })
  }
  const awhile = () => pause(500 + random() * 8_000)
  const fill = async (disk: SmallDisk) => {
    // A small part is left: the log that SQLite has made room for already takes some more.
    disk.fill(Math.floor(random() * 100_000))
    await awhile()
    disk.empty()
  }
  const does: Record<FaultKind, () => Promise<unknown>> = {
    gatewayKilled: () => kill('gateway'),
    clubKilled: () => kill('club'),
    terminalKilled: () => fire.killTerminal(),
    bothKilled: () => Promise.all([kill('club'), kill('gateway')]),
    async lineCut() {
      line.cut()
      await awhile()
      line.restore()
    },
    async lineHalfOpen() {
      line.hold()
      await awhile()
      line.restore()
    },
    async lineLostInBetween() {
      line.hold()
      await awhile()
      line.forget()
    },
    async lineSlow() {
      line.delay(100 + random() * 900)
      await awhile()
      line.restore()
    },
    async lineEndedOnOneSide() {
      line.halfClose()
    },
    async cableCut() {
      cable.cut()
      await awhile()
      cable.restore()
    },
    async cableHalfOpen() {
      cable.hold()
      await awhile()
      cable.forget()
    },
    boxDiskFull: () => fill(disks.box),
    clubDiskFull: () => fill(disks.club),
    terminalDiskFull: () => fill(disks.terminal),
  }
  while (performance.now() < end) {
    await pause(500 + random() * 4_000)
    const kind = only[Math.floor(random() * only.length)] ?? 'lineCut'
    faults[kind] += 1
    await does[kind]()
  }
  return faults
}

const memoryOf = (daemons: Record<'club' | 'gateway', WatchedProcess>) => ({
  club: Math.round(proportionalSetSize(daemons.club.pid) / 1e6),
  gateway: Math.round(proportionalSetSize(daemons.gateway.pid) / 1e6),
})

/** What a network between store and club can do: the partition of `npm run verify:long -- partition`. */
export const partitionFaults: readonly FaultKind[] = [
  'lineCut',
  'lineHalfOpen',
  'lineLostInBetween',
  'lineSlow',
  'lineEndedOnOneSide',
  'cableCut',
  'cableHalfOpen',
]
