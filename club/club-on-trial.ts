import { type EventEmitter, once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { expect, onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { type Credential, tokenise } from '#protocol/credentials.ts'
import { formatSequence } from '#protocol/ids.ts'
import type { BasketLine } from '#protocol/messages.ts'
import { type Reply, reply as replySchema } from '#protocol/reply.ts'
import { makeSealingKey } from '#protocol/sealing.ts'
import { makeSigningKey } from '#protocol/signing.ts'
import { storeTopics } from '#protocol/topics.ts'
import { silentLogger } from '#runtime/log.ts'
import { type Runtime, systemRuntime } from '#runtime/runtime.ts'
import { type Club, startClub } from './club.ts'
import { readClubConfig } from './config.ts'
import { tickMs } from './ticking.ts'

/** For tests: a club that runs, and stores' boxes that speak to it over real MQTT. It ends with its test. */

export const day = 86_400_000
/** Saturday 14 Shahrivar 1405, 09:00 in Tehran. */
export const begin = Date.parse('2026-09-05T05:30:00.000Z')

/** The token of a card, as every box of the club makes it. */
export const cardOf = (value: string): Credential =>
  tokenise({ kind: 'nfc-uid', value }, { keyid: 'k1', secret: Buffer.from('token key') })
const saras = cardOf('04A1B2C3')

export interface ClubOnTrial {
  readonly club: Club
  /** What the club and its boxes take for the time; tests move it on. */
  clock: { now: number }
  folder: string
  /** Moves the clock on, lets the club do what is due, and resolves when it has. */
  pass(ms: number): Promise<void>
  stop(): Promise<void>
  /** Starts it again on the same books. */
  start(): Promise<void>
  /** The box of a store (`s1` or `s2`) connects. */
  connect(store?: string): Promise<BoxOnTrial>
}
export type BoxOnTrial = Awaited<ReturnType<typeof connectBox>>

type OnEnd = (work: () => void | Promise<void>) => void

/**
 * Starts a club with these rules, or another programme altogether. `more`: further keys of its club.yaml. `onEnd`: who ends
 * it, where several tests share it; the test that started it otherwise.
 */
export async function clubOnTrial(
  programme: object,
  { more = {}, onEnd = onTestFinished }: { more?: object; onEnd?: OnEnd } = {},
): Promise<ClubOnTrial> {
  const clock = { now: begin }
  const folder = mkdtempSync(join(tmpdir(), 'vafa-trial-'))
  onEnd(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'secrets'))
  const stores = ['s1', 's2'].map((store) => ({ store, secretFile: `secrets/${store}` }))
  for (const name of ['pepper', 's1', 's2']) writeFileSync(join(folder, 'secrets', name), `the secret of ${name}\n`)
  writeFileSync(join(folder, 'secrets/sealing.json'), JSON.stringify(makeSealingKey('seal-1')))
  writeFileSync(join(folder, 'secrets/programme.json'), JSON.stringify(makeSigningKey('programme-1')))
  writeFileSync(join(folder, 'rules.yaml'), stringify({ id: 'test', version: 1, currency: 'IRR', rules: [], ...programme }))
  const files = {
    database: 'club.sqlite',
    pepperFile: 'secrets/pepper',
    sealingKeyFile: 'secrets/sealing.json',
    programmeKeyFile: 'secrets/programme.json',
  }
  const config = { club: 'demo', listen: { port: 0 }, ...files, programme: 'rules.yaml', stores, ...more }
  writeFileSync(join(folder, 'club.yaml'), stringify(config))
  let nextTick = () => {}
  let ticked = () => {}
  /** The club's clock strikes when the test says so. */
  const after: Runtime['after'] = (ms, callback) => {
    if (ms !== tickMs) return systemRuntime.after(ms, callback)
    nextTick = callback
    ticked()
    return () => {}
  }
  const runtime = { ...systemRuntime, now: () => clock.now, after }
  const launch = () => startClub({ config: readClubConfig(join(folder, 'club.yaml')), runtime, log: silentLogger })
  let club = await launch()
  let stopped = false
  const stop = async () => {
    if (!stopped) await club.close()
    stopped = true
  }
  onEnd(stop)
  return {
    get club() {
      return club
    },
    clock,
    folder,
    async pass(ms) {
      clock.now += ms
      const done = new Promise<void>((resolve) => {
        ticked = resolve
      })
      nextTick()
      await done
    },
    stop,
    async start() {
      club = await launch()
      stopped = false
    },
    connect: (store = 's1') => connectBox({ club, clock, store, onEnd }),
  }
}

/** A store's box: what it sends is answered. */
async function connectBox(given: { club: Club; clock: { now: number }; store: string; onEnd: OnEnd }) {
  const { club, clock, store, onEnd } = given
  const url = `mqtt://127.0.0.1:${club.port}`
  const client = mqtt.connect(url, {
    ...{ reconnectPeriod: 0, clientId: store, username: store },
    password: `the secret of ${store}`,
  })
  onEnd(() => void client.end(true))
  await once(client as unknown as EventEmitter, 'connect')
  const topics = storeTopics('demo', store)
  await client.subscribeAsync(topics.replies, { qos: 1 })
  const replies: Reply[] = []
  let wake = () => {}
  client.on('message', (topic, payload) => {
    if (topic !== topics.replies) return
    replies.push(replySchema.parse(JSON.parse(String(payload))))
    wake()
  })
  /** The reply to an event, of at least this revision. */
  async function replyTo(inReplyTo: string, revision = 1): Promise<Reply> {
    for (;;) {
      const found = replies.find((one) => one.inReplyTo === inReplyTo && one.revision >= revision)
      if (found) return found
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  let sequence = 0
  const envelope = () => ({
    specversion: '1.0',
    id: systemRuntime.uuid(),
    source: `/stores/${store}/devices/till`,
    subject: 'lane-1',
    time: new Date(clock.now).toISOString(),
    datacontenttype: 'application/json',
    boxid: '01930000-0000-7000-8000-000000000001',
    orderkey: 'order',
    bootid: '01930000-0000-7000-8000-000000000002',
    clocksynced: 'synced',
  })
  /** A fact as the box would send it; `more` changes its envelope. */
  const factOf = (type: string, data: object, more: object = {}) => ({
    ...{ ...envelope(), type, sequence: formatSequence(++sequence), data },
    ...more,
  })
  const send = (kind: 'facts' | 'requests', message: { id: string }): Promise<Reply> => {
    client.publish(topics[kind]('order'), JSON.stringify(message), { qos: 1 })
    return replyTo(message.id)
  }
  const fact = (type: string, data: object, more: object = {}) => send('facts', factOf(type, data, more))
  const ask = (type: string, data: object) =>
    send('requests', { ...envelope(), type, expiresat: new Date(clock.now + 5_000).toISOString(), data } as { id: string })

  /** As a till does it: the basket is quoted, its discounts are given, it is paid. `nobody`: no card was shown. */
  async function buy(lines: BasketLine[], member: Credential | 'nobody' = saras) {
    const sale = {
      saleid: systemRuntime.uuid(),
      ...(member === 'nobody' ? {} : { member }),
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
  return {
    client,
    topics,
    /** Every reply so far. */
    heard: (): readonly Reply[] => replies,
    replyTo,
    factOf,
    send,
    fact,
    ask,
    buy,
    undo: (saleid: string) => fact('vafa.sale.reversed.v1', { saleid, reason: 'operator', mode: 'live' }),
    tap: (credential = saras) => ask('vafa.credential.presented.v1', { credential }),
    heartbeat: () => ask('vafa.box.heartbeat.v1', { sentat: new Date(clock.now).toISOString() }),
    /** Signs somebody up with a card; gives the member's id. */
    async enrol(credential = saras): Promise<string> {
      const memberid = systemRuntime.uuid()
      const consents = [
        { purpose: 'club', given: true },
        { purpose: 'club', channel: 'sms', given: true },
      ]
      await fact('vafa.member.enrolled.v1', { memberid, credentials: [credential], consents })
      return memberid
    },
  }
}
