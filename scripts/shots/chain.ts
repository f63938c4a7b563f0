import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { parse, stringify } from 'yaml'
import { writeInstallation } from '#cli/installation.ts'
import { memberNumber } from '#club/booking/member.ts'
import { readClubConfig } from '#club/config.ts'
import { openOfficeDatabase } from '#club/head-office/office-database.ts'
import { createUsers } from '#club/head-office/users.ts'
import { tokenise } from '#protocol/credentials.ts'
import { formatSequence } from '#protocol/ids.ts'
import { type SealingPublicKey, seal } from '#protocol/sealing.ts'
import type { DeviceHealth, StoreState } from '#protocol/state.ts'
import { storeTopics } from '#protocol/topics.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa } from '#simulators/process/watched-process.ts'
import { goods, people, programme, stores } from './chain-story.ts'

const club = 'demo'
export const password = 'a long enough secret'
const dayMs = 86_400_000

/** A chain of stores with a month behind it, for pictures: a real club, and boxes that send what real ones would. */
export async function startChain(): Promise<{
  origin: string
  memberNumber: string
  stir(): Promise<void>
  close(): Promise<void>
}> {
  const folder = join(mkdtempSync(join(tmpdir(), 'vafa-shots-')), 'club')
  const [clubPort, pagesPort] = [await freePort(), await freePort()]
  const { clubConfig } = writeInstallation({
    ...{ folder, club, clubPort },
    stores: stores.map(({ store, title }) => ({ store, title, lanes: [], devices: [] })),
  })
  const config = parse(readFileSync(clubConfig, 'utf8')) as { stores: { store: string }[] }
  for (const one of config.stores) Object.assign(one, { place: stores.find(({ store }) => store === one.store)?.place })
  writeFileSync(clubConfig, stringify({ ...config, programme: 'rules.yaml', pages: { port: pagesPort } }))
  writeFileSync(join(folder, 'rules.yaml'), programme)
  await addUsers(clubConfig)
  await startVafa(['club', 'cards', 'import', writeCards(folder), '--batch', '1405-a', '-c', clubConfig]).ended
  const process = startVafa(['club', '-c', clubConfig])
  await process.line(/^ready:/)
  const secretOf = (name: string) => readFileSync(join(folder, 'secrets', name), 'utf8').trim()
  const sealing = JSON.parse(secretOf('sealing-key.json')) as SealingPublicKey
  const token = { keyid: 'token-1', secret: Buffer.from(secretOf('token-key')) }
  const cardOf = (value: string) => tokenise({ kind: 'nfc-uid', value }, token)

  const boxes = await Promise.all(
    stores.filter(({ never }) => !never).map((one) => connectBox({ ...one, port: clubPort, password: secretOf(one.store) })),
  )
  const boxOf = (index: number) => boxes[index % boxes.length] ?? boxes[0]
  const start = Date.now() - 30 * dayMs
  for (const [n, profile] of people.entries()) {
    const memberid = systemRuntime.uuid()
    await boxOf(n)?.fact(start + n * 60_000, 'vafa.member.enrolled.v1', {
      memberid,
      credentials: [cardOf(cardNumber(n))],
      profile: seal(profile, sealing),
      consents: [
        { purpose: 'club', given: true },
        { purpose: 'promotion', channel: 'sms', given: n % 3 > 0 },
      ],
    })
  }
  for (let day = 1; day <= 30; day += 1) {
    const busy = 14 + Math.round(6 * Math.sin(day / 2.2)) + (day % 7 === 5 ? 8 : 0)
    for (let n = 0; n < busy; n += 1) {
      const at = start + day * dayMs - ((busy - n) * 31 + 40) * 60_000
      await boxOf(n * 5 + day)?.sell(Math.min(at, Date.now() - 60_000), sale(n * 7 + day * 3, cardOf))
    }
  }
  for (const [n, box] of boxes.entries()) await box.tell(n)
  const quiet = boxes.at(-1)
  await quiet?.fail()
  // An event that nobody can book.
  await boxes[1]?.fact(Date.now() - 3_600_000, 'vafa.sale.completed.v1', {
    saleid: systemRuntime.uuid(),
    currency: 'IRR',
    total: '450000',
  })
  const beats = setInterval(() => {
    for (const box of boxes) if (box !== quiet) box.beat()
  }, 4_000)
  return {
    origin: `http://127.0.0.1:${pagesPort}`,
    memberNumber: memberNumber(1),
    /** A few things happen in the first store. */
    async stir() {
      for (let n = 0; n < 4; n += 1) {
        boxes[0]?.tap(cardOf(cardNumber(n)))
        await boxes[0]?.sell(Date.now(), sale(n * 11, cardOf))
      }
    },
    async close() {
      clearInterval(beats)
      for (const box of boxes) box.end()
      await process.stop()
    },
  }
}

/** A batch of the club's own cards, most of them with members already. */
function writeCards(folder: string): string {
  const file = join(folder, 'cards.csv')
  writeFileSync(file, `uid,store\n${Array.from({ length: 40 }, (_, n) => `${cardNumber(n)},tajrish`).join('\n')}\n`)
  return file
}

const cardNumber = (n: number) => `04A1B2C3D4${(0x1000 + n).toString(16).toUpperCase()}`

function sale(seed: number, cardOf: (value: string) => object) {
  const lines = [goods[seed % goods.length], goods[(seed * 3 + 1) % goods.length]].flatMap((one) =>
    one
      ? [
          {
            product: one.product,
            name: one.name,
            category: one.category,
            quantity: 1 + (seed % 2),
            amount: one.price * (1 + (seed % 2)),
          },
        ]
      : [],
  )
  const total = lines.reduce((sum, { amount }) => sum + amount, 0)
  const member = seed % 5 !== 4
  const amount = member && seed % 6 === 0 ? 150_000 : 0
  return {
    saleid: systemRuntime.uuid(),
    ...(amount > 0 ? { redemption: { redemptionid: systemRuntime.uuid(), amount } } : {}),
    ...(!member ? {} : { member: cardOf(cardNumber((seed * seed) % people.length)) }),
    operator: ['زهرا', 'علی', 'مریم'][seed % 3],
    currency: 'IRR',
    total,
    payable: total - amount,
    lines,
    applied: [],
    tenders: [{ kind: seed % 4 ? 'card' : 'cash', amount: total - amount }],
    mode: 'live',
  }
}

async function addUsers(clubConfig: string): Promise<void> {
  const database = openOfficeDatabase(readClubConfig(clubConfig).officeFile)
  const users = createUsers(database)
  const at = new Date().toISOString()
  const add = (name: string, title: string, more: object) =>
    users.add({ name, title, stores: [], password, at, role: 'auditor', ...more })
  await add('sara', 'سارا احمدی', { role: 'administrator' })
  await add('mina', 'مینا رضایی', { role: 'marketer' })
  await add('reza', 'رضا کریمی', { role: 'store-manager', stores: ['tajrish', 'vanak'] })
  await add('nima', 'نیما صادقی', { role: 'cashier', stores: ['tajrish'] })
  database.close()
}

/** What a box says on the wire, without the box. */
async function connectBox(given: { store: string; port: number; password: string }) {
  const { store, port, password: secret } = given
  const topics = storeTopics(club, store)
  const boxid = systemRuntime.uuid()
  const bootid = systemRuntime.uuid()
  const startedat = new Date(Date.now() - 5 * dayMs).toISOString()
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId: store,
    username: store,
    password: secret,
    protocolVersion: 4,
  })
  const waiting = new Map<string, () => void>()
  client.on('message', (_, payload) => {
    const { inReplyTo } = JSON.parse(String(payload)) as { inReplyTo: string }
    waiting.get(inReplyTo)?.()
    waiting.delete(inReplyTo)
  })
  await client.subscribeAsync(topics.replies, { qos: 1 })
  let sequence = 0
  const envelope = (at: number, type: string, data: object, device: string) => ({
    ...{ specversion: '1.0', id: systemRuntime.uuid(), source: `/stores/${store}/devices/${device}`, subject: 'lane-1', type },
    ...{ time: new Date(at).toISOString(), datacontenttype: 'application/json', boxid, bootid, clocksynced: 'synced', data },
    orderkey: systemRuntime.uuid(),
  })
  async function fact(at: number, type: string, data: object): Promise<void> {
    sequence += 1
    const message = { ...envelope(at, type, data, 'till-1'), sequence: formatSequence(sequence) }
    const answered = new Promise<void>((resolve) => waiting.set(message.id, resolve))
    await client.publishAsync(topics.facts(message.orderkey), JSON.stringify(message), { qos: 1 })
    await answered
  }
  const state = (more: Partial<StoreState>): StoreState => ({
    ...{ status: 'online', version: '0.1.0', boxid, startedat, at: new Date().toISOString(), sequence, skewms: 12 },
    ...{ backlog: { count: 0, bytes: 0 }, programme: { version: 3 }, exposure: 24_000_000, ...more },
  })
  const publish = (topic: string, body: object) => client.publishAsync(topic, JSON.stringify(body), { qos: 1, retain: true })
  const health = (device: string, driver: string, more: Partial<DeviceHealth> = {}): Promise<unknown> =>
    publish(topics.device(device), { device, driver, status: 'ready', since: startedat, ...more })
  return {
    fact,
    sell: (at: number, data: object) =>
      fact(at, 'vafa.sale.completed.v1', {
        ...data,
        businessdate: new Date(at).toISOString().slice(0, 10),
        tillreceipt: `R-${sequence + 1}`,
      }),
    async tell(n: number) {
      await health('reader-1', 'pcsc')
      await health('till-1', 'till-tcp')
      await health('display-1', 'display-serial')
      await health('printer-1', 'printer-escpos', n === 2 ? { status: 'degraded', reason: 'the paper is nearly at its end' } : {})
      await health(
        'scanner-1',
        'scanner-serial',
        n === 2 ? { status: 'absent', reason: '/dev/ttyUSB0 is not there', key: 'device.absent' } : {},
      )
      await publish(topics.state, state({ exposure: 18_000_000 + n * 2_000_000 }))
    },
    fail: () =>
      publish(
        topics.state,
        state({
          status: 'offline',
          backlog: { count: 37, bytes: 48_200, oldest: new Date(Date.now() - 2_400_000).toISOString() },
        }),
      ),
    beat() {
      const message = {
        ...envelope(Date.now(), 'vafa.box.heartbeat.v1', { sentat: new Date().toISOString() }, 'box'),
        expiresat: new Date(Date.now() + 5_000).toISOString(),
      }
      client.publish(topics.requests('box'), JSON.stringify(message))
    },
    /** Somebody shows a card, and is asked about. */
    tap(credential: object) {
      const message = {
        ...envelope(Date.now(), 'vafa.credential.presented.v1', { credential }, 'reader-1'),
        expiresat: new Date(Date.now() + 5_000).toISOString(),
      }
      client.publish(topics.requests(message.orderkey), JSON.stringify(message))
    },
    end: () => client.end(true),
  }
}
