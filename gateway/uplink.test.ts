import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Message } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime as runtime } from '#runtime/runtime.ts'
import { createClubClock } from './clock.ts'
import { openGatewayDatabase } from './database.ts'
import { createEnvelopes } from './envelopes.ts'
import { type FakeClub, goodClub, startFakeClub } from './fake-club.ts'
import { openOutbox } from './outbox.ts'
import { openUplink } from './uplink.ts'

async function club(answer: (message: Message) => Partial<Reply> | undefined = goodClub) {
  const fake = await startFakeClub({ answer })
  onTestFinished(() => fake.close())
  return fake
}

/** A box with an outbox on disk and a line to `port`, nothing else. */
function boxOf(options: { port: number; password?: string; heartbeatMs?: number }) {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-uplink-'))
  const disk = openGatewayDatabase(join(folder, 'gateway.sqlite'))
  const clock = createClubClock(runtime)
  const outbox = openOutbox({ ...disk, runtime, log: silentLogger, onCommitted: (rows) => uplink.committed(rows) })
  const envelopes = createEnvelopes({ store: 's1', boxid: outbox.boxid, bootid: runtime.uuid(), clock, runtime })
  const replies: { id: string; reply: Reply }[] = []
  const downs: string[] = []
  const watchers = new Set<() => void>()
  const changed = () => {
    for (const watcher of watchers) watcher()
  }
  const uplink = openUplink({
    club: 'vafa',
    store: 's1',
    url: `mqtt://127.0.0.1:${options.port}`,
    login: () => ({ username: 's1', password: options.password ?? 'the store’s password' }),
    clock,
    runtime,
    log: pino({ level: 'warn' }, { write: changed }),
    version: '0.1.0',
    outbox,
    envelopes,
    onFactReply(id, reply) {
      replies.push({ id, reply })
      changed()
    },
    onDown(what) {
      downs.push(what)
      changed()
    },
    programme: () => ({}),
    tokenKeyid: () => 'token-1',
    onCommand: async (name) => JSON.stringify({ heard: name }),
    onProof: changed,
    heartbeatMs: options.heartbeatMs ?? 10_000,
    doubtMs: 50,
    backoff: { floorMs: 10, capMs: 40 },
  })
  onTestFinished(async () => {
    await uplink.close()
    outbox.close()
    disk.database.close()
    rmSync(folder, { recursive: true })
  })
  const origin = { lane: 'lane-1', device: 'till-1', orderkey: 'k' }
  return {
    uplink,
    outbox,
    envelopes,
    clock,
    replies,
    downs,
    origin,
    visit: (orderkey = 'k') =>
      envelopes.fact(
        'vafa.visit.recorded.v1',
        { member: { kind: 'nfc-uid', keyid: 'k1', token: 'T'.repeat(43) } },
        { ...origin, orderkey },
      ),
    until: (holds: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const look = () => {
          if (!holds()) return
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
      }),
  }
}
const proved = (box: ReturnType<typeof boxOf>) => box.until(() => box.uplink.proved)
const isOnline = (fake: FakeClub) => fake.last(fake.topics.state)?.status === 'online'

describe('the line to the club', () => {
  it('counts as there only when a heartbeat has come back, and measures the club’s clock with it', async () => {
    const hour = 3_600_000
    const fake = await club((message) =>
      message.type === 'vafa.box.heartbeat.v1' ? { clubTime: new Date(Date.now() + hour).toISOString() } : {},
    )
    const box = boxOf({ port: fake.port })
    expect(box.uplink.proved).toBe(false)
    await proved(box)
    expect(Math.abs((box.clock.skewMs() ?? 0) - hour)).toBeLessThan(1_000)
    expect(box.visit().envelope).toMatchObject({ clocksynced: 'corrected' })
  })

  it('settles a fact by the club’s reply and not by the broker’s acknowledgement', async () => {
    const fake = await club(() => undefined)
    const box = boxOf({ port: fake.port })
    const draft = box.visit()
    await box.outbox.commit([draft])
    await fake.until(() => fake.facts().length === 1)
    expect(box.outbox.backlog().count).toBe(1)
    await fake.reply(draft.id)
    await box.until(() => box.replies.length === 1)
    expect(box.outbox.backlog().count).toBe(0)
  })

  it('sends what was committed while the club was away, in the order of each key', async () => {
    const first = await club()
    const { port } = first
    await first.close()
    const box = boxOf({ port })
    const drafts = [box.visit('a'), box.visit('a'), box.visit('b')]
    for (const draft of drafts) await box.outbox.commit([draft])
    const fake = await startFakeClub({ port, answer: goodClub })
    onTestFinished(() => fake.close())
    await box.until(() => box.replies.length === 3)
    const of = (key: string) => fake.facts().flatMap(({ id, orderkey }) => (orderkey === key ? [id] : []))
    expect(of('a')).toEqual([drafts[0]?.id, drafts[1]?.id])
    expect(of('b')).toEqual([drafts[2]?.id])
  })

  it('sends an unanswered fact again with the same bytes when the line is back', async () => {
    const fake = await club((message) => (message.type === 'vafa.box.heartbeat.v1' ? goodClub(message) : undefined))
    const box = boxOf({ port: fake.port })
    await proved(box)
    const draft = box.visit()
    await box.outbox.commit([draft])
    await fake.until(() => fake.facts().length === 1)
    fake.kick()
    await fake.until(() => fake.facts().length === 2)
    expect(fake.facts()[1]).toEqual(fake.facts()[0])
    await fake.reply(draft.id)
    await fake.reply(draft.id)
    await box.until(() => box.replies.length === 2)
    expect(box.outbox.backlog().count).toBe(0)
  })

  it('keeps a fact that the club cannot take now', async () => {
    const fake = await club((message) => (message.type === 'vafa.box.heartbeat.v1' ? goodClub(message) : undefined))
    const box = boxOf({ port: fake.port })
    const draft = box.visit()
    await box.outbox.commit([draft])
    await fake.until(() => fake.facts().length === 1)
    await fake.reply(draft.id, { status: 'failed' })
    await fake.reply(draft.id, { status: 'quarantined' })
    await box.until(() => box.replies.length === 1)
    expect(box.replies).toMatchObject([{ id: draft.id, reply: { status: 'quarantined' } }])
  })

  it('asks nothing while the club is not there, and nothing is asked later', async () => {
    const fake = await club()
    const box = boxOf({ port: fake.port })
    const question = () => box.envelopes.request('vafa.sale.looked-up.v1', { reference: 'ABCDE-FGHJK' }, box.origin, 1_500)
    expect(box.uplink.ask(question(), () => {})).toBe(false)
    await proved(box)
    const answered = Promise.withResolvers<Reply>()
    expect(box.uplink.ask(question(), answered.resolve)).toBe(true)
    expect(await answered.promise).toMatchObject({ status: 'accepted' })
    expect(fake.messages.filter(({ type }) => type === 'vafa.sale.looked-up.v1')).toHaveLength(1)
  })

  it('in doubt is offline until the club has answered a heartbeat again', async () => {
    const fake = await club()
    const box = boxOf({ port: fake.port })
    await proved(box)
    fake.answerWith(() => undefined)
    box.uplink.doubt()
    expect(box.uplink.proved).toBe(false)
    const asked = fake.messages.length
    await fake.until(() => fake.messages.length >= asked + 3)
    expect(box.uplink.proved).toBe(false)
    fake.answerWith(goodClub)
    await proved(box)
  })

  it('asks a club that stays silent ever less often', async () => {
    const fake = await club()
    const box = boxOf({ port: fake.port })
    await proved(box)
    const askedAt: number[] = []
    fake.answerWith(() => {
      askedAt.push(performance.now())
      return undefined
    })
    box.uplink.doubt()
    // At 50, 100, 200, 400 ms; a busy machine makes each wait longer, none shorter.
    await fake.until(() => askedAt.length >= 5)
    const [first = 0, second = 0, , fourth = 0, fifth = 0] = askedAt
    expect(fifth - first).toBeGreaterThan(700)
    expect(fifth - fourth).toBeGreaterThan(second - first)
  })

  it('tells the store’s state with its backlog, and its last will when it is cut', async () => {
    const fake = await club(() => undefined)
    const box = boxOf({ port: fake.port, heartbeatMs: 50 })
    await box.outbox.commit([box.visit()])
    await fake.until(() => isOnline(fake) && JSON.stringify(fake.last(fake.topics.state)).includes('"count":1'))
    expect(fake.last(fake.topics.state)).toMatchObject({ boxid: box.outbox.boxid, sequence: 1, version: '0.1.0' })
    fake.kick()
    await fake.until(() => fake.last(fake.topics.state)?.status === 'offline')
    await fake.until(() => isOnline(fake))
  })

  it('says again at each connection what stays at the broker', async () => {
    const fake = await club()
    const box = boxOf({ port: fake.port })
    const topic = fake.topics.device('printer-1')
    box.uplink.retain(topic, '{"status":"absent"}')
    await fake.until(() => fake.last(topic)?.status === 'absent')
    box.uplink.retain(topic, '{"status":"ready"}')
    await fake.until(() => fake.last(topic)?.status === 'ready')
  })

  it('hands on what the club sends down, and answers commands', async () => {
    const fake = await club()
    const box = boxOf({ port: fake.port })
    await fake.send(fake.topics.down('programme'), '{}', true)
    await proved(box)
    await box.until(() => box.downs.includes('programme'))
    await fake.send(fake.topics.command('ping'), {})
    await fake.until(() => fake.last(fake.topics.result('ping'))?.heard === 'ping')
  })

  it('with a wrong password says where to look', async () => {
    const fake = await club()
    const box = boxOf({ port: fake.port, password: 'another store’s password' })
    await box.until(() => box.uplink.trouble !== undefined)
    expect(box.uplink.trouble).toMatch(/refuses “s1” or its password: .*club\.secretFile/)
  })

  it('survives replies that are none', async () => {
    const fake = await club()
    const box = boxOf({ port: fake.port })
    await proved(box)
    for (const garbage of ['', 'x', 'null', '{"inReplyTo":1}', '\u0000']) await fake.send(fake.topics.replies, garbage)
    await box.outbox.commit([box.visit()])
    await box.until(() => box.replies.length === 1)
  })
})
