import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { sinceBoot } from '#gateway/clock-memory.ts'
import { gatewayConfig } from '#gateway/config.ts'
import { type FakeClub, goodClub, startFakeClub } from '#gateway/fake-club.ts'
import { type Gateway, startGateway } from '#gateway/gateway.ts'
import { makeSigningKey, signDocument } from '#protocol/signing.ts'
import { type StoreState, storeState } from '#protocol/state.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { connectTillWhenThere } from '#simulators/till/when-there.ts'

const key = makeSigningKey('programme-1')
const thief = makeSigningKey('programme-1')

/** A programme that gives a share of what is paid; version and share tell whose decision it was. */
const rules = (version: number, basisPoints: number, inForceFrom?: string) => ({
  id: 'p',
  version,
  currency: 'IRR',
  ...(inForceFrom === undefined ? {} : { inForceFrom }),
  rules: [{ id: 'everyone', order: 1, when: {}, effects: [{ kind: 'credit', basisPoints }] }],
})
const signed = (document: object, by = key) => signDocument(JSON.stringify(document), by)

let folder: string
let clubPort: number
let tillPort: number
/** How much time has passed, as the test has it; the box’s own clock shows it, and so does the one that nobody sets. */
let shift: number
const runtime = { ...systemRuntime, now: () => systemRuntime.now() + shift }
const hourMs = 3_600_000
const inAnHour = () => new Date(runtime.now() + hourMs).toISOString()

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-signed-'))
  writeFileSync(join(folder, 'password'), 'the store’s password\n')
  writeFileSync(join(folder, 'token-key'), 'k'.repeat(43))
  clubPort = await freePort()
  tillPort = await freePort()
  shift = 0
})
afterEach(() => rmSync(folder, { recursive: true }))

async function startBox(): Promise<Gateway> {
  const { keyid, publicKey } = key
  const config = gatewayConfig.parse({
    store: 's1',
    club: { name: 'vafa', url: `mqtt://127.0.0.1:${clubPort}`, secretFile: 'password' },
    tokenKey: { keyid: 'k1', secretFile: 'token-key' },
    programmeKeys: [{ keyid, publicKey }],
    database: 'gateway.sqlite',
    lanes: [{ lane: 'lane-1', budgetMs: 300, receipt: { via: 'till' } }],
    devices: [{ device: 'till-1', lane: 'lane-1', driver: 'till-tcp', options: { port: tillPort } }],
  })
  const gateway = await startGateway({
    ...{ config, configFile: join(folder, 'gateway.yaml'), runtime, log: silentLogger },
    sinceBoot: () => sinceBoot() + shift,
  })
  onTestFinished(() => gateway.close())
  return gateway
}

async function startClub(): Promise<FakeClub> {
  const club = await startFakeClub({
    port: clubPort,
    answer: (message) => ({ ...goodClub(message), clubTime: new Date(runtime.now()).toISOString() }),
  })
  onTestFinished(() => club.close())
  return club
}

/** Resolves when the store's state at the broker says so. */
async function stateOf(club: FakeClub, says: (programme: NonNullable<StoreState['programme']>) => boolean) {
  const programme = () => {
    const state = club.last(club.topics.state)
    return state && storeState.parse(state).programme
  }
  await club.until(() => {
    const now = programme()
    return now !== undefined && says(now)
  })
  return programme()
}
const inForce = (club: FakeClub, version: number) => stateOf(club, (programme) => programme.version === version)
const refusal = (club: FakeClub, reason: string) => stateOf(club, ({ refused }) => refused?.key === reason)

/** Rings up a sale of 100,000 to a customer with a card, with the line down; the credit that the box promises. */
async function soldAlone() {
  const till = await connectTillWhenThere({ port: tillPort })
  await till.request({ op: 'present', credential: { kind: 'phone', value: '09121234567' } })
  const quote = await till.request({ op: 'open', sale: { tillreceipt: 'r', total: 100_000, lines: [] } }, { until: 'quote' })
  if (quote.op !== 'quote') throw new Error(`no quote: ${JSON.stringify(quote)}`)
  const result = await till.request(
    { op: 'complete', saleid: quote.saleid, tenders: [{ kind: 'cash', amount: quote.payable }] },
    { until: 'result' },
  )
  await till.close()
  if (result.op !== 'result' || result.status !== 'provisional') throw new Error(`not alone: ${JSON.stringify(result)}`)
  return result.effects.map((effect) => effect.kind === 'credit' && effect.granted)
}

/** Sends a programme as whoever has broken into the broker. */
const send = (club: FakeClub, body: object) => club.send(club.topics.down('programme'), body, true)

describe('a box whose line is down', () => {
  it('decides by the last programme that the club signed: a forged one is refused, and the store’s state says so', async () => {
    const club = await startClub()
    await startBox()
    await send(club, { current: signed(rules(7, 1_000)) })
    expect(await inForce(club, 7)).toEqual({ version: 7 })

    await send(club, { current: signed(rules(8, 9_000), thief) })
    const reason = 'current: the signature is not that of the key “programme-1”'
    expect(await refusal(club, 'programme.forged')).toEqual({
      version: 7,
      refused: { key: 'programme.forged', reason, at: expect.any(String) },
    })
    await send(club, { current: { ...signed(rules(7, 1_000)), document: JSON.stringify(rules(8, 9_000)) } })
    await send(club, { current: rules(8, 9_000) })
    await refusal(club, 'programme.unsigned')
    await send(club, { current: signed(rules(6, 9_000)) })
    await refusal(club, 'programme.older')
    await club.close()
    expect(await soldAlone()).toEqual([10_000])
  })

  it('goes over to the next programme at its instant by itself, and tells the club when the line is back', async () => {
    const club = await startClub()
    await startBox()
    const from = inAnHour()
    await send(club, { current: signed(rules(7, 1_000)), next: signed(rules(8, 2_000, from)) })
    expect(await inForce(club, 7)).toEqual({ version: 7, next: { version: 8, from } })
    await club.close()
    expect(await soldAlone()).toEqual([10_000])
    shift = hourMs
    expect(await soldAlone()).toEqual([20_000])

    const again = await startClub()
    expect(await inForce(again, 8)).toEqual({ version: 8 })
    const advised = () => again.facts().flatMap((fact) => (fact.type === 'vafa.decision.advised.v1' ? [fact.data] : []))
    await again.until(() => advised().length === 2)
    expect(advised().map(({ programmeVersion }) => programmeVersion)).toEqual([7, 8])
  })

  it('that is started anew without a line has both from its disk', async () => {
    const club = await startClub()
    const before = await startBox()
    await send(club, { current: signed(rules(7, 1_000)), next: signed(rules(8, 2_000, inAnHour())) })
    await inForce(club, 7)
    await before.close()
    await club.close()
    await startBox()
    expect(await soldAlone()).toEqual([10_000])
    shift = hourMs
    expect(await soldAlone()).toEqual([20_000])
  })

  it('does not go by a programme that somebody changed on its disk', async () => {
    const club = await startClub()
    const before = await startBox()
    await send(club, { current: signed(rules(7, 1_000)) })
    await inForce(club, 7)
    await before.close()
    await club.close()
    const disk = new Database(join(folder, 'gateway.sqlite'))
    disk.exec(`UPDATE down SET body = replace(body, '\\"basisPoints\\":1000', '\\"basisPoints\\":9000') WHERE what = 'programme'`)
    expect(disk.prepare('SELECT body FROM down').pluck().get()).toContain('9000')
    disk.close()

    await startBox()
    expect(await soldAlone()).toEqual([])
    const again = await startClub()
    expect(await refusal(again, 'programme.forged')).not.toHaveProperty('version')
    await send(again, { current: signed(rules(7, 1_000)) })
    expect(await inForce(again, 7)).toEqual({ version: 7 })
  })
})
