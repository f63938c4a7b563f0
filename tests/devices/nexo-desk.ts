import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { Connection } from '#drivers/contract.ts'
import { posNexoDriver } from '#drivers/pos-nexo/driver.ts'
import { describeError } from '#protocol/errors.ts'
import type { TillResponse } from '#protocol/lane.ts'
import { type Certificate, makeTrialCertificate } from '#simulators/network/certificate.ts'
import type { NexoSale } from '#simulators/nexo-till/messages.ts'
import { createNexoTill, type NexoTillOptions } from '#simulators/nexo-till/nexo-till.ts'
import { laneBehind } from './lane-of-tests.ts'
import { createTestHost, type TestHost } from './test-host.ts'

export const keys = {
  one: 'a key of the first till alone, long',
  two: 'a key of the second till alone, long',
  stranger: 'a key that nobody has been given',
}
export const party = { saleid: 'Till-1', poiid: 'VAFA-1' }
export const sale: NexoSale = {
  transaction: { TransactionID: '000871', TimeStamp: '2026-11-22T09:30:00Z' },
  items: [{ product: 'tea', amount: 450_000 }],
}
export const memberid = '01890a5d-ac96-774b-bcce-b302099a0001'
export const sara: Extract<TillResponse, { op: 'member' }> = {
  op: 'member',
  member: { memberid, number: '100042', visits: 3 },
  balances: [{ unit: 'credit', currency: 'IRR', available: 120_000, pending: 0 }],
  prompts: [],
}
export const quoteOf = (saleid: string, discount = 22_500): TillResponse => ({
  op: 'quote',
  saleid,
  total: 450_000,
  discount,
  payable: 450_000 - discount,
  effects: [{ kind: 'discount', ruleid: 'first', desired: discount, granted: discount, currency: 'IRR' }],
  prompts: [],
  decidedBy: 'club',
})
export const resultOf = (saleid?: string): TillResponse => ({
  op: 'result',
  ...(saleid === undefined ? {} : { saleid }),
  status: 'accepted',
  member: sara.member,
  balances: sara.balances,
  effects: [{ kind: 'credit', ruleid: 'base', desired: 42_750, granted: 42_750, currency: 'IRR' }],
  prompts: [],
})

/** A box with `pos-nexo` behind a lane whose answers a test chooses; made for each test and closed after it. */
export interface NexoDesk {
  host: TestHost
  lane: ReturnType<typeof laneBehind>
  connection: Connection | undefined
  /** The box's certificate and the folder that it and the tills' keys (`one`, `two`) lie in. */
  readonly box: Certificate
  readonly folder: string
  /** Opens the driver and gives its port. */
  open(options?: object): Promise<number>
  tls(): { certFile: string; keyFile: string }
  /** What the lane was asked to do, of one kind. */
  asked(op: string): unknown[]
  /** The lane quotes, completes and undoes whatever it is asked. */
  obliging(): void
}

export const till = (port: number, more: Partial<NexoTillOptions> = {}) =>
  createNexoTill({ ...party, port, trust: 'none', ...more })

/** For the head of a test file: sets the desk up before each test. */
export function nexoDesk(): NexoDesk {
  let box: Certificate
  let folder: string
  const desk = {
    get box() {
      return box
    },
    get folder() {
      return folder
    },
    async open(options: object = {}) {
      desk.connection = await posNexoDriver.connect(
        posNexoDriver.options.parse({ port: 0, tills: [party], ...options }),
        desk.host.host,
      )
      return desk.connection.address?.port ?? 0
    },
    tls: () => ({ certFile: join(folder, 'box.crt'), keyFile: join(folder, 'box.key') }),
    asked: (op: string) => desk.lane.asked.filter((request) => request.op === op),
    obliging() {
      desk.lane.answers({
        open: ({ saleid = '' }) => [{ op: 'opened', saleid }, quoteOf(saleid)],
        complete: ({ saleid, tenders }) =>
          tenders[0]?.amount === 427_500
            ? [{ op: 'completed', saleid }, resultOf(saleid)]
            : [{ op: 'error', error: describeError('request.invalid', 'not what was due') }],
        record: ({ saleid = '' }) => [{ op: 'completed', saleid }, resultOf(saleid)],
        reverse: ({ saleid }) => [{ op: 'reversed', saleid }, resultOf(saleid)],
        cancel: () => [{ op: 'cancelled' }],
        present: () => [sara],
        ping: () => [{ op: 'pong', uplink: 'online' }],
      })
    },
  } as NexoDesk

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vafa-nexo-'))
    box = await makeTrialCertificate()
    for (const [name, text] of Object.entries({
      'box.crt': box.certificate,
      'box.key': box.privateKey,
      one: keys.one,
      two: keys.two,
    }))
      writeFileSync(join(folder, name), text, { mode: 0o600 })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  beforeEach(() => {
    desk.host = createTestHost('nexo-1')
    desk.lane = laneBehind(desk.host, () => desk.connection?.till)
  })
  afterEach(async () => {
    await desk.connection?.close()
    desk.connection = undefined
  })
  return desk
}
