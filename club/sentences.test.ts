import { type EventEmitter, once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { afterEach, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { tokenise } from '#protocol/credentials.ts'
import { formatSequence } from '#protocol/ids.ts'
import type { BasketLine } from '#protocol/messages.ts'
import { fieldsOf } from '#protocol/receipt.ts'
import { type Reply, reply as replySchema } from '#protocol/reply.ts'
import { makeSealingKey } from '#protocol/sealing.ts'
import { makeSigningKey } from '#protocol/signing.ts'
import { storeTopics } from '#protocol/topics.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { type Club, startClub } from './club.ts'
import { readClubConfig } from './config.ts'

// What loyalty managers write down, each through a box's messages to a club that runs.

const card = tokenise({ kind: 'nfc-uid', value: '04A1B2C3' }, { keyid: 'k1', secret: Buffer.from('token key') })
const day = 86_400_000
/** Saturday 14 Shahrivar 1405, 09:00 in Tehran. */
const begin = Date.parse('2026-09-05T05:30:00.000Z')

let folder: string
let club: Club
let client: MqttClient
let now = begin

afterEach(async () => {
  client.end(true)
  await club.close()
  rmSync(folder, { recursive: true })
})

/** A club with these rules, and a member with a card who has just signed up. */
async function clubWith(rules: object[]) {
  now = begin
  folder = mkdtempSync(join(tmpdir(), 'vafa-sentences-'))
  mkdirSync(join(folder, 'secrets'))
  for (const name of ['pepper', 's1']) writeFileSync(join(folder, 'secrets', name), `the secret of ${name}\n`)
  writeFileSync(join(folder, 'secrets/sealing.json'), JSON.stringify(makeSealingKey('seal-1')))
  writeFileSync(join(folder, 'secrets/programme.json'), JSON.stringify(makeSigningKey('programme-1')))
  writeFileSync(join(folder, 'rules.yaml'), stringify({ id: 'test', version: 1, currency: 'IRR', rules }))
  const files = {
    database: 'club.sqlite',
    pepperFile: 'secrets/pepper',
    sealingKeyFile: 'secrets/sealing.json',
    programmeKeyFile: 'secrets/programme.json',
  }
  const stores = [{ store: 's1', secretFile: 'secrets/s1' }]
  const config = { club: 'demo', listen: { port: 0 }, ...files, programme: 'rules.yaml', stores }
  writeFileSync(join(folder, 'club.yaml'), stringify(config))
  const runtime = { ...systemRuntime, now: () => now }
  club = await startClub({ config: readClubConfig(join(folder, 'club.yaml')), runtime, log: silentLogger })
  const box = await connect()
  const memberid = systemRuntime.uuid()
  await box.fact('vafa.member.enrolled.v1', { memberid, credentials: [card], consents: [{ purpose: 'club', given: true }] })
  return { ...box, memberid }
}

/** A store's box: what it sends is answered. */
async function connect() {
  const url = `mqtt://127.0.0.1:${club.port}`
  client = mqtt.connect(url, { reconnectPeriod: 0, clientId: 's1', username: 's1', password: 'the secret of s1' })
  await once(client as unknown as EventEmitter, 'connect')
  const topics = storeTopics('demo', 's1')
  await client.subscribeAsync(topics.replies, { qos: 1 })
  const waiting = new Map<string, (reply: Reply) => void>()
  client.on('message', (_topic, payload) => {
    const reply = replySchema.parse(JSON.parse(String(payload)))
    waiting.get(reply.inReplyTo)?.(reply)
  })
  let sequence = 0
  const send = (topic: string, type: string, more: object): Promise<Reply> => {
    const id = systemRuntime.uuid()
    const message = {
      specversion: '1.0',
      id,
      source: '/stores/s1/devices/till',
      subject: 'lane-1',
      time: new Date(now).toISOString(),
      datacontenttype: 'application/json',
      boxid: '01930000-0000-7000-8000-000000000001',
      orderkey: 'order',
      bootid: '01930000-0000-7000-8000-000000000002',
      clocksynced: 'synced',
      type,
      ...more,
    }
    const replied = new Promise<Reply>((resolve) => waiting.set(id, resolve))
    client.publish(topic, JSON.stringify(message), { qos: 1 })
    return replied
  }
  const fact = (type: string, data: object) => send(topics.facts('order'), type, { sequence: formatSequence(++sequence), data })
  const ask = (type: string, data: object) =>
    send(topics.requests('order'), type, { expiresat: new Date(now + 5_000).toISOString(), data })

  /** As a till does it: the basket is quoted, its discounts are given, it is paid. */
  async function buy(lines: BasketLine[]) {
    const sale = {
      saleid: systemRuntime.uuid(),
      member: card,
      businessdate: '2026-09-05',
      currency: 'IRR',
      total: lines.reduce((sum, one) => sum + one.amount, 0),
      lines,
      mode: 'live',
    }
    const quoted = await ask('vafa.sale.quoted.v1', sale)
    const applied = quoted.effects.flatMap((one) =>
      one.kind === 'discount' && one.granted > 0
        ? [{ kind: 'discount', ruleid: one.ruleid, amount: one.granted, currency: one.currency }]
        : [],
    )
    const payable = quoted.quote?.payable ?? sale.total
    const tenders = payable > 0 ? [{ kind: 'cash', amount: payable }] : []
    const booked = await fact('vafa.sale.completed.v1', {
      ...sale,
      quoteid: quoted.quote?.quoteid,
      applied,
      payable,
      tenders,
    })
    expect(booked.status).toBe('accepted')
    return { ...sale, quoted, booked, discount: quoted.quote?.discount ?? 0 }
  }
  const undo = (saleid: string) => fact('vafa.sale.reversed.v1', { saleid, reason: 'operator', mode: 'live' })
  const tap = () => ask('vafa.credential.presented.v1', { credential: card })
  return { fact, buy, undo, tap }
}

const goods = (amount: number): BasketLine[] => [{ product: 'goods', quantity: 1, amount }]
const coffees = (quantity: number): BasketLine[] => [
  { product: 'latte', category: 'coffee', quantity, amount: quantity * 150_000 },
]
const creditOf = ({ effects }: Reply) => effects.reduce((sum, one) => (one.kind === 'credit' ? sum + one.granted : sum), 0)
const balanceOf = ({ balances }: Reply, unit: string, name?: string) =>
  balances?.find((one) => one.unit === unit && one.name === name)?.available
const say = (text: string) => ({ fa: text, en: text })

const everyone = { id: 'everyone', group: 'earning', order: 90, when: {}, effects: [{ kind: 'credit', basisPoints: 1_000 }] }

it('1. Everyone gets 10 % of each purchase as credit', async () => {
  const { buy } = await clubWith([everyone])
  expect(creditOf((await buy(goods(1_000_000))).booked)).toBe(100_000)
  expect(balanceOf((await buy(goods(500_000))).booked, 'credit')).toBe(150_000)
})

it('2. Who came more than 10 times gets 15 % instead, from the 11th visit on; the cashier is told, and an SMS goes out, once', async () => {
  const { buy, tap, memberid } = await clubWith([
    {
      id: 'regular',
      group: 'earning',
      order: 10,
      when: { visit: { from: 11 } },
      effects: [
        { kind: 'credit', basisPoints: 1_500 },
        { kind: 'prompt', audience: 'operator', text: say('You are one of our regulars') },
      ],
    },
    {
      id: 'regular-sms',
      order: 20,
      when: { visit: { from: 11 } },
      limits: [{ per: 'member', every: 'ever', times: 1 }],
      effects: [{ kind: 'message', channel: 'sms', text: say('{name}, from now on you get 15 %') }],
    },
    everyone,
  ])
  for (let visit = 1; visit <= 10; visit++) {
    expect(creditOf((await buy(goods(1_000_000))).booked)).toBe(100_000)
    now += day
  }
  expect(await club.books.dueMessages(new Date(now).toISOString())).toEqual([])
  expect((await tap()).prompts).toMatchObject([{ audience: 'operator', text: say('You are one of our regulars') }])
  const eleventh = await buy(goods(1_000_000))
  expect(creditOf(eleventh.booked)).toBe(150_000)
  const sent = { ruleid: 'regular-sms', channel: 'sms', text: say('{name}, from now on you get 15 %'), memberid }
  expect(await club.books.dueMessages(new Date(now).toISOString())).toMatchObject([{ ...sent, due: new Date(now).toISOString() }])
  now += day
  expect(creditOf((await buy(goods(1_000_000))).booked)).toBe(150_000)
  expect(await club.books.dueMessages(new Date(now).toISOString())).toHaveLength(1)
})

it('3. Who was away for over a month gets 10 % off in cash on return, on top of the 10 % credit, with a welcome line', async () => {
  const back = {
    id: 'welcome-back',
    order: 10,
    when: { absence: { from: 31 } },
    effects: [
      { kind: 'discount', basisPoints: 1_000 },
      { kind: 'prompt', audience: 'customer', text: say('We have missed you!') },
    ],
  }
  const { buy } = await clubWith([back, everyone])
  expect((await buy(goods(1_000_000))).discount).toBe(0)
  now += 30 * day
  expect((await buy(goods(1_000_000))).discount).toBe(0)
  now += 31 * day
  const returned = await buy(goods(1_000_000))
  expect([returned.discount, creditOf(returned.booked)]).toEqual([100_000, 90_000])
  expect(returned.booked.prompts).toMatchObject([{ audience: 'customer', text: say('We have missed you!') }])
  expect(JSON.stringify(returned.booked.receipt)).toContain('We have missed you!')
  now += day
  expect((await buy(goods(1_000_000))).discount).toBe(0)
})

it("4. 75 days after an oil change a message with the customer's name goes out by itself", async () => {
  const rule = {
    id: 'oil',
    order: 10,
    when: { lines: { category: ['oil-change'] } },
    effects: [{ kind: 'message', channel: 'sms', after: { days: 75, at: '10:00' }, text: say('{name}, time to change the oil') }],
  }
  const { buy, undo } = await clubWith([rule])
  await buy(goods(1_000_000))
  const change = await buy([{ product: 'oil-4l', category: 'oil-change', quantity: 1, amount: 9_000_000 }])
  // 28 Aban 1405, 75 days on, at 10:00 in Tehran.
  const due = '2026-11-19T06:30:00.000Z'
  expect(await club.books.dueMessages('2026-11-19T06:29:59.999Z')).toEqual([])
  const messages = await club.books.dueMessages(due)
  expect(messages).toMatchObject([{ due, channel: 'sms', text: say('{name}, time to change the oil'), saleid: change.saleid }])
  expect(change.booked.effects).toMatchObject([{ kind: 'message', ruleid: 'oil', channel: 'sms', due }])
  await undo(change.saleid)
  expect(await club.books.dueMessages(due)).toEqual([])
})

it('5. Every ten coffees, one is free', async () => {
  const stamps = { kind: 'stamps', name: 'coffee', of: { category: ['coffee'] }, freeEvery: 10 }
  const { buy, undo } = await clubWith([{ id: 'coffees', order: 10, when: {}, effects: [stamps] }])
  const nine = await buy(coffees(9))
  expect([nine.discount, balanceOf(nine.booked, 'stamps', 'coffee')]).toEqual([0, 9])
  const receipt = nine.booked.receipt ?? { version: 1 as const, reference: '', provisional: false, blocks: [] }
  expect(fieldsOf(receipt).get('stamps')).toEqual({ kind: 'code', code: '9/10' })
  const small = { product: 'espresso', category: 'coffee', quantity: 1, amount: 90_000 }
  const tenth = await buy([...coffees(1), small])
  expect([tenth.discount, balanceOf(tenth.booked, 'stamps', 'coffee')]).toEqual([90_000, 1])
  const undone = await undo(tenth.saleid)
  expect(undone.effects).toMatchObject([
    { kind: 'stamps-revoked', name: 'coffee', amount: 2 },
    { kind: 'stamps-restored', name: 'coffee', amount: 10 },
  ])
  expect(balanceOf(undone, 'stamps', 'coffee')).toBe(9)
  expect(await club.books.audit()).toEqual([])
})

it('6. Morning customers who like energy drinks get their own offer; products and peak hours earn more', async () => {
  const { buy } = await clubWith([
    {
      id: 'morning-energy',
      order: 10,
      when: { time: { from: '06:00', to: '10:00' }, lines: { category: ['energy-drink'] } },
      effects: [{ kind: 'discount', basisPoints: 2_000, of: { category: ['energy-drink'] } }],
    },
    { id: 'points', order: 20, when: {}, effects: [{ kind: 'points', name: 'club', per: 10_000 }] },
    {
      id: 'energy-points',
      order: 30,
      when: {},
      effects: [{ kind: 'points', name: 'club', perItem: 5, of: { category: ['energy-drink'] } }],
    },
    {
      id: 'peak',
      order: 40,
      when: { time: { from: '17:00', to: '20:00' } },
      effects: [{ kind: 'points', name: 'club', extra: 10_000 }],
    },
  ])
  const basket = [...goods(100_000), { product: 'bull', category: 'energy-drink', quantity: 2, amount: 200_000 }]
  const morning = await buy(basket)
  expect([morning.discount, balanceOf(morning.booked, 'points', 'club')]).toEqual([40_000, 26 + 10])
  now += 8.5 * 3_600_000
  const peak = await buy(basket)
  expect([peak.discount, balanceOf(peak.booked, 'points', 'club')]).toEqual([0, 36 + 2 * (30 + 10)])
  expect(await club.books.audit()).toEqual([])
})

it('7. The first purchase has its discount, within the budget of the offer', async () => {
  const first = {
    id: 'first',
    order: 10,
    when: { purchase: { to: 1 } },
    limits: [{ per: 'programme', every: 'month', amount: 70_000 }],
    effects: [{ kind: 'discount', basisPoints: 500 }],
  }
  const { buy, undo } = await clubWith([first, everyone])
  const one = await buy(goods(1_000_000))
  const two = await buy(goods(1_000_000))
  expect([one.discount, two.discount]).toEqual([50_000, 0])
  await undo(two.saleid)
  await undo(one.saleid)
  // The budget has its 50,000 back, and 70,000 is all that it gives this month.
  const large = await buy(goods(2_000_000))
  expect(large.quoted.effects).toMatchObject([{ kind: 'discount', desired: 100_000, granted: 70_000 }, { kind: 'credit' }])
  await undo(large.saleid)
  const within = await buy(goods(1_400_000))
  expect(within.discount).toBe(70_000)
  await undo(within.saleid)
  expect(await club.books.audit()).toEqual([])
})
