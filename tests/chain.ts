import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { type InstalledDevice, type StorePlan, writeInstallation } from '#cli/installation.ts'
import type { TillResponse } from '#protocol/lane.ts'
import { type CuttableLink, type PassedBytes, startCuttableLink } from '#simulators/network/cuttable-link.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startProcess, startVafa, vafaCommand, type WatchedProcess } from '#simulators/process/watched-process.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { connectTillWhenThere } from '#simulators/till/when-there.ts'

type Daemon = 'club' | 'gateway'

/** A club and one store as two processes, on loopback ports and a folder of their own. */
export interface Chain {
  readonly folder: string
  readonly clubPort: number
  readonly clubConfig: string
  readonly clubDatabase: string
  readonly gatewayConfig: string
  /** Between the gateway and the club. */
  readonly line: CuttableLink
  /** Starts a daemon and waits until it says that it is ready. `under`: a program that runs it, such as strace. */
  start(
    daemon: Daemon,
    options?: { env?: Record<string, string>; under?: readonly string[]; patienceMs?: number },
  ): Promise<WatchedProcess>
  tillPort(lane: string): number
  /** A connection to the till port of a lane, `lane-1` where none is named. */
  till(lane?: string): Promise<TillClient>
  /** What the club's database says, read beside the running club. */
  books(): Books
  close(): Promise<void>
}

export interface Books {
  /** Account → the sum of its transfers: what it was credited less what it was debited. */
  accounts: Map<string, number>
  /** Sale id → the transfers of credit that it caused. */
  creditTransfers: { saleid: string; amount: number }[]
  sales: { saleid: string; total: number; discount: number; payable: number; reference: string; memberid: string | null }[]
  members: { memberid: string; number: string }[]
  /** Sales whose credit was taken back. */
  compensated: Set<string>
  /** Redemption id → the transfers of credit that was held for it, by kind. */
  holds: Map<string, { kind: string; amount: number }[]>
  /** Facts of the box that the club has, and the highest number among them: equal where none is missing. */
  received: { count: number; highest: number }
}

type LaneSettings = Partial<StorePlan['lanes'][number]>

/** Writes the configuration; nothing runs yet. The store is `s1` with `lane-1` (and more), each with a till port. */
export async function makeChain(options: {
  devices?: (lane: string) => InstalledDevice[]
  language?: 'fa' | 'en'
  lane?: LaneSettings | ((lane: string) => LaneSettings)
  lanes?: number
  pages?: StorePlan['pages']
  /** Of the box's own broker, where it has one. */
  localBrokerPort?: number
  /** Sees what passes between gateway and club. */
  onBytes?(passed: PassedBytes): void
}): Promise<Chain> {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-chain-'))
  const clubPort = await freePort()
  const line = await startCuttableLink({ to: clubPort, ...(options.onBytes ? { onBytes: options.onBytes } : {}) })
  const tillPorts = new Map<string, number>()
  for (let n = 1; n <= (options.lanes ?? 1); n += 1) tillPorts.set(`lane-${n}`, await freePort())
  const { clubConfig, gatewayConfigs } = writeInstallation({
    folder: join(folder, 'installation'),
    club: 'test',
    clubPort,
    linkPort: line.port,
    stores: [
      {
        store: 's1',
        ...(options.localBrokerPort === undefined ? {} : { localBrokerPort: options.localBrokerPort }),
        title: { fa: 'فروشگاه آزمون', en: 'Test store' },
        language: options.language ?? 'fa',
        ...(options.pages ? { pages: options.pages } : {}),
        lanes: [...tillPorts.keys()].map((lane) => ({
          lane,
          ...(typeof options.lane === 'function' ? options.lane(lane) : options.lane),
        })),
        devices: [...tillPorts].flatMap(([lane, port]) => [
          { device: `till-${lane}`, lane, driver: 'till-tcp', options: { port } },
          ...(options.devices?.(lane) ?? []),
        ]),
      },
    ],
  })
  const gatewayConfig = gatewayConfigs.get('s1') ?? ''
  const clubDatabase = join(dirname(clubConfig), 'data/club.sqlite')
  const tillPort = (lane: string) => tillPorts.get(lane) ?? 0
  const running = new Set<WatchedProcess>()
  const tills: TillClient[] = []
  return {
    folder,
    clubPort,
    clubConfig,
    clubDatabase,
    gatewayConfig,
    line,
    async start(daemon, { env = {}, under = [], patienceMs } = {}) {
      const args = [daemon, '-c', daemon === 'club' ? clubConfig : gatewayConfig]
      const [program, ...rest] = under
      const child = program ? startProcess(program, [...rest, ...vafaCommand(args)], env) : startVafa(args, env)
      running.add(child)
      void child.ended.then(() => running.delete(child))
      await child.line(/^ready:/, patienceMs)
      // Ready does not wait for the club; what a test does next, does.
      if (daemon === 'gateway') await child.line(/the club answers/, patienceMs)
      return child
    },
    tillPort,
    async till(lane = 'lane-1') {
      const till = await connectTillWhenThere({ port: tillPort(lane) })
      tills.push(till)
      return till
    },
    books: () => readBooks(clubDatabase),
    async close() {
      for (const till of tills) await till.close()
      for (const child of [...running].reverse()) await child.stop()
      await line.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/**
 * By SQL of its own, so that it does not share a mistake with the club's. A running club brings small batches to their
 * tables within a moment; of a club that was killed they come when it starts again.
 */
function readBooks(file: string): Books {
  const db = new Database(file, { readonly: true })
  try {
    const rows = <T>(sql: string) => db.prepare(sql).all() as T[]
    const waiting = () => rows<{ n: number }>('SELECT count(*) AS n FROM redo')[0]?.n ?? 0
    const pause = new Int32Array(new SharedArrayBuffer(4))
    for (let waits = 0; waiting() > 0 && waits < 100; waits++) Atomics.wait(pause, 0, 0, 20)
    const accounts = rows<{ name: string; sum: number }>(
      `SELECT account AS name, sum(change) AS sum FROM (
         SELECT credit AS account, amount AS change FROM transfers UNION ALL SELECT debit, -amount FROM transfers)
       GROUP BY account`,
    )
    return {
      accounts: new Map(accounts.map((a) => [a.name, a.sum])),
      creditTransfers: rows(
        `SELECT subject AS saleid, amount FROM transfers WHERE kind = 'credit-granted' AND compensates IS NULL`,
      ),
      sales: rows('SELECT saleid, total, discount, payable, reference, memberid FROM sales'),
      members: rows('SELECT memberid, number FROM members'),
      compensated: new Set(
        rows<{ sale: string }>('SELECT DISTINCT subject AS sale FROM transfers WHERE compensates IS NOT NULL').map(
          (row) => row.sale,
        ),
      ),
      holds: Map.groupBy(
        rows<{ subject: string; kind: string; amount: number }>(
          `SELECT subject, kind, amount FROM transfers WHERE subject IN (SELECT subject FROM transfers WHERE kind = 'credit-held') ORDER BY seq`,
        ),
        ({ subject }) => subject,
      ),
      // What the club notes itself (an alarm, an expiry) has no number of a box.
      received: rows<Books['received']>(
        "SELECT count(*) AS count, coalesce(max(sequence), 0) AS highest FROM journal WHERE type NOT LIKE 'vafa.club.%'",
      )[0] ?? {
        count: 0,
        highest: 0,
      },
    }
  } finally {
    db.close()
  }
}

export const creditAccount = (memberid: string): string => `member:${memberid}:credit`

/** Presents a mobile until the club has answered, and signs it up; gives the member's id. */
export async function signUp(till: TillClient, mobile: string): Promise<string> {
  const answer = await presentUntil(till, mobile, (a) => a.op === 'error' && a.error.key === 'credential.unknown')
  if (answer.op !== 'error') throw new Error(`a member already: ${JSON.stringify(answer)}`)
  return enrolPresented(till)
}

/** Asks about somebody until the club answers: a lane that has just started may have no line yet. */
export async function whenClubAnswers(till: TillClient): Promise<void> {
  await presentUntil(till, '09120000000', (a) => a.op === 'error' && a.error.key === 'credential.unknown')
}

/** Presents a member's mobile until the club knows it, as a cashier does after the line was down. */
export async function presentMember(till: TillClient, mobile: string): Promise<void> {
  await presentUntil(till, mobile, (a) => a.op === 'member')
}

async function presentUntil(till: TillClient, mobile: string, fits: (answer: TillResponse) => boolean): Promise<TillResponse> {
  const deadline = performance.now() + 20_000
  for (;;) {
    const answer = await till.request({ op: 'present', credential: { kind: 'phone', value: mobile } })
    if (fits(answer)) return answer
    if (performance.now() > deadline) throw new Error(`the lane still says ${JSON.stringify(answer)}`)
  }
}

/** Signs up whoever has just presented a card. The key that profiles are sealed with may come a moment after the line. */
export async function enrolPresented(till: TillClient): Promise<string> {
  const deadline = performance.now() + 20_000
  for (;;) {
    const answer = await till.request(
      { op: 'enrol', profile: { displayName: 'سارا' }, consents: [{ purpose: 'club', given: true }] },
      { until: 'result' },
    )
    if (answer.op === 'result' && answer.member) return answer.member.memberid
    if (answer.op !== 'error' || !answer.error.retryable || performance.now() > deadline)
      throw new Error(`not signed up: ${JSON.stringify(answer)}`)
  }
}

/** Opens a sale and waits for its quote. */
export async function openSale(till: Pick<TillClient, 'request'>, total: number, tillreceipt = 'R-1') {
  const quote = await till.request(
    { op: 'open', sale: { tillreceipt, operator: 'زهرا', total, lines: [{ product: 'tea', quantity: 1, amount: total }] } },
    { until: 'quote' },
  )
  if (quote.op !== 'quote') throw new Error(`no quote: ${JSON.stringify(quote)}`)
  return quote
}
