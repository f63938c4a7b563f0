import { type EventEmitter, once as onceEmitted } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { parseProgramme } from '#programme/schema.ts'
import { tokenise } from '#protocol/credentials.ts'
import { formatSequence } from '#protocol/ids.ts'
import { type Reply, reply as replySchema } from '#protocol/reply.ts'
import { makeSealingKey, seal } from '#protocol/sealing.ts'
import { makeSigningKey, verifyDocument } from '#protocol/signing.ts'
import { keysDown, programmeDown } from '#protocol/state.ts'
import { storeTopics } from '#protocol/topics.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { type Club, startClub } from './club.ts'
import { readClubConfig } from './config.ts'

const programmeKey = makeSigningKey('programme-1')
let folder: string
let club: Club
let clients: MqttClient[] = []
let sequence = 0

const start = () => startClub({ config: readClubConfig(join(folder, 'club.yaml')), runtime: systemRuntime, log: silentLogger })

beforeEach(async () => {
  sequence = 0
  folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
  mkdirSync(join(folder, 'secrets'))
  for (const name of ['pepper', 's1', 's2']) writeFileSync(join(folder, 'secrets', name), `the secret of ${name}\n`)
  writeFileSync(join(folder, 'secrets/sealing.json'), JSON.stringify(makeSealingKey('seal-1')))
  writeFileSync(join(folder, 'secrets/programme.json'), JSON.stringify(programmeKey))
  const stores = ['s1', 's2'].map((store) => ({ store, secretFile: `secrets/${store}` }))
  const files = {
    database: 'data/club.sqlite',
    pepperFile: 'secrets/pepper',
    sealingKeyFile: 'secrets/sealing.json',
    programmeKeyFile: 'secrets/programme.json',
  }
  writeFileSync(join(folder, 'club.yaml'), stringify({ club: 'demo', listen: { port: 0 }, ...files, stores }))
  club = await start()
})
afterEach(async () => {
  for (const client of clients) client.end(true)
  clients = []
  await club.close()
  rmSync(folder, { recursive: true })
})

/** A box's connection; every reply that comes is kept. */
async function connect(store: string) {
  const client = mqtt.connect(`mqtt://127.0.0.1:${club.port}`, {
    reconnectPeriod: 0,
    protocolVersion: 4,
    clientId: store,
    username: store,
    password: `the secret of ${store}`,
  })
  clients.push(client)
  client.on('error', () => {})
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
  await onceEmitted(client as unknown as EventEmitter, 'connect')
  const topics = storeTopics('demo', store)
  const replies: Reply[] = []
  let woken = () => {}
  client.on('message', (topic, payload) => {
    if (topic !== topics.replies) return
    replies.push(replySchema.parse(JSON.parse(String(payload))))
    woken()
  })
  await client.subscribeAsync(topics.replies, { qos: 1 })
  const replyTo = async (id: string): Promise<Reply> => {
    for (;;) {
      const found = replies.find((one) => one.inReplyTo === id)
      if (found) return found
      await new Promise<void>((resolve) => {
        woken = resolve
      })
    }
  }
  return { client, topics, replies, closed, replyTo }
}

const envelope = (store: string) => ({
  specversion: '1.0',
  id: systemRuntime.uuid(),
  source: `/stores/${store}/devices/till`,
  subject: 'lane-1',
  time: new Date().toISOString(),
  datacontenttype: 'application/json',
  boxid: '01930000-0000-7000-8000-000000000001',
  orderkey: 'order',
  bootid: '01930000-0000-7000-8000-000000000002',
  clocksynced: 'synced',
})
const fact = (store: string, type: string, data: object) => ({
  ...envelope(store),
  sequence: formatSequence(++sequence),
  type,
  data,
})
const request = (store: string, type: string, data: object) => ({
  ...envelope(store),
  expiresat: new Date(Date.now() + 60_000).toISOString(),
  type,
  data,
})
const sara = tokenise({ kind: 'nfc-uid', value: '04A1B2C3' }, { keyid: 'k1', secret: Buffer.from('token key') })
const sale = (store: string, total: number) =>
  fact(store, 'vafa.sale.completed.v1', {
    saleid: systemRuntime.uuid(),
    member: sara,
    businessdate: '2026-11-21',
    currency: 'IRR',
    total,
    lines: [],
    mode: 'live',
    applied: [],
    payable: total,
    tenders: [{ kind: 'cash', amount: total }],
  })

describe('a club over real sockets', () => {
  it('signs a member up, credits a sale and answers a tap, with the name beside the reply', async () => {
    const box = await connect('s1')
    const keys = new Promise<string>((resolve) =>
      box.client.on('message', (topic, payload) => topic === box.topics.down('keys') && resolve(String(payload))),
    )
    const rules = new Promise<string>((resolve) =>
      box.client.on('message', (topic, payload) => topic === box.topics.down('programme') && resolve(String(payload))),
    )
    await box.client.subscribeAsync(box.topics.downs, { qos: 1 })
    const { sealing } = keysDown.parse(JSON.parse(await keys))
    const { current } = programmeDown.parse(JSON.parse(await rules))
    expect(verifyDocument(current, [programmeKey])).toBe('ok')
    expect(parseProgramme(JSON.parse(current.document))).toMatchObject({
      ok: true,
      programme: { version: 1 },
    })

    const profile = seal({ displayName: 'سارا' }, sealing)
    const memberid = systemRuntime.uuid()
    const enrolment = fact('s1', 'vafa.member.enrolled.v1', { memberid, credentials: [sara], profile, consents: [] })
    box.client.publish(box.topics.facts('order'), JSON.stringify(enrolment), { qos: 1 })
    expect(await box.replyTo(enrolment.id)).toMatchObject({ status: 'accepted', member: { memberid, displayName: 'سارا' } })

    const bought = sale('s1', 1_000_000)
    box.client.publish(box.topics.facts('order'), JSON.stringify(bought), { qos: 1 })
    expect(await box.replyTo(bought.id)).toMatchObject({ status: 'accepted', member: { displayName: 'سارا' } })
    expect(await club.books.balances(memberid)).toMatchObject([{ available: 100_000 }])

    const tap = request('s1', 'vafa.credential.presented.v1', { credential: sara })
    box.client.publish(box.topics.requests('order'), JSON.stringify(tap), { qos: 0 })
    expect(await box.replyTo(tap.id)).toMatchObject({
      status: 'accepted',
      member: { displayName: 'سارا' },
      balances: [{ available: 100_000 }],
    })
  })

  it('answers a flood in order and books each sale once, also when all of it comes twice', async () => {
    const box = await connect('s1')
    const sales = Array.from({ length: 300 }, () => sale('s1', 1_000))
    for (const one of [...sales, ...sales]) box.client.publish(box.topics.facts('order'), JSON.stringify(one), { qos: 1 })
    const last = sale('s1', 1_000)
    box.client.publish(box.topics.facts('order'), JSON.stringify(last), { qos: 1 })
    await box.replyTo(last.id)
    const expected = [...sales, ...sales, last].map((one) => one.id)
    expect(box.replies.map((one) => one.inReplyTo)).toEqual(expected)
    expect(await club.books.totals()).toMatchObject({ sales: 301, quarantined: 0 })
    expect(await club.books.sequences()).toMatchObject([{ missing: [] }])
  })

  it('lets a store neither publish as another, nor read its replies, nor take over its session', async () => {
    const victim = await connect('s1')
    const thief = await connect('s2')
    await expect(thief.client.subscribeAsync(victim.topics.replies, { qos: 1 })).rejects.toThrow()
    await expect(thief.client.subscribeAsync(`${victim.topics.base}/#`, { qos: 1 })).rejects.toThrow()
    await expect(thief.client.subscribeAsync('vafa/v1/demo/stores/+/replies', { qos: 1 })).rejects.toThrow()

    // In its own topic, speaking for another store: quarantined, and only the thief hears of it.
    const forged = sale('s1', 5_000_000)
    thief.client.publish(thief.topics.facts('order'), JSON.stringify(forged), { qos: 1 })
    expect(await thief.replyTo(forged.id)).toMatchObject({ status: 'quarantined', error: { key: 'request.invalid' } })

    // In the other's topic: not delivered, and the connection ends.
    thief.client.publish(victim.topics.facts('order'), JSON.stringify(sale('s1', 5_000_000)), { qos: 1 })
    await thief.closed

    // Under the other's client id: refused.
    const impostor = mqtt.connect(`mqtt://127.0.0.1:${club.port}`, {
      reconnectPeriod: 0,
      clientId: 's1',
      username: 's2',
      password: 'the secret of s2',
    })
    clients.push(impostor)
    const refused = await new Promise<Error>((resolve) => impostor.once('error', resolve))
    expect(refused.message).toContain('Identifier rejected')

    const honest = sale('s1', 1_000)
    victim.client.publish(victim.topics.facts('order'), JSON.stringify(honest), { qos: 1 })
    await victim.replyTo(honest.id)
    expect(victim.replies).toHaveLength(1)
    expect(await club.books.totals()).toMatchObject({ sales: 1, quarantined: 1 })
  })

  it('lets no store speak in the name of the club', async () => {
    const box = await connect('s1')
    box.client.publish(box.topics.down('programme'), '{}', { qos: 1, retain: true })
    await box.closed
  })

  it('keeps its books over a restart', async () => {
    const box = await connect('s1')
    const bought = sale('s1', 1_000)
    box.client.publish(box.topics.facts('order'), JSON.stringify(bought), { qos: 1 })
    const first = await box.replyTo(bought.id)
    await club.close()
    club = await start()
    const again = await connect('s1')
    again.client.publish(again.topics.facts('order'), JSON.stringify(bought), { qos: 1 })
    expect(await again.replyTo(bought.id)).toEqual(first)
  })

  it('says what it cannot start with', async () => {
    await club.close()
    const file = join(folder, 'club.yaml')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace('port: 0', 'port: 0\n  host: 0.0.0.0'))
    expect(start).toThrow(/club\.yaml:\d+: listen\.host: .*insecure: true/)
    writeFileSync(file, `${text}  - store: s1\n    secretFile: secrets/s1\n`)
    expect(start).toThrow(/a second store is called s1/)
    writeFileSync(file, text)
    writeFileSync(join(folder, 'secrets/pepper'), 'another')
    await expect(start()).rejects.toMatchObject({ key: 'database.foreign' })
    writeFileSync(join(folder, 'secrets/sealing.json'), '{}')
    await expect(start()).rejects.toMatchObject({ key: 'secret.invalid' })
    writeFileSync(join(folder, 'secrets/pepper'), 'the secret of pepper')
    writeFileSync(join(folder, 'secrets/sealing.json'), JSON.stringify(makeSealingKey('seal-1')))
    club = await start()
  })
})
