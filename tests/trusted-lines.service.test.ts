import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openAuthority } from '#club/authority/authority.ts'
import { initTrust, readServer } from '#club/authority/files.ts'
import { enrolBox } from '#gateway/identity/enrol.ts'
import { writeIdentity } from '#gateway/identity/identity.ts'
import { renewIdentity } from '#gateway/identity/renewal.ts'
import { makeSigningKey, signDocument } from '#protocol/signing.ts'
import type { CommandResult, Order } from '#protocol/state.ts'
import { storeTopics } from '#protocol/topics.ts'
import { makeSigningRequest } from '#runtime/certificates.ts'
import { signUp } from './chain.ts'
import { heardBy, startTrustingClub, type TrustingClub } from './trusting-club.ts'

// What a box and its club promise one another over TLS, held by the club's own broker and by a Mosquitto 2 with the
// configuration that the club wrote for it. Where the two differ (docs/mosquitto.md) the test says so.

const day = 86_400_000
const topicsOf = (store: string) => storeTopics('demo', store)

describe.each(['embedded', 'mosquitto'] as const)('with the broker %s', (kind) => {
  let world: TrustingClub
  beforeAll(async () => {
    world = await startTrustingClub(kind)
  })
  afterAll(() => world.close())

  it('a box enrols by a code, which works once, and sells with the club’s own reply', async () => {
    const code = await world.code('s1')
    const identity = await enrolBox({ code, club: world.url })
    await expect(enrolBox({ code, club: world.url })).rejects.toMatchObject({ key: 'enrolment.code-used' })
    const box = await world.startBox(identity)
    await expect.poll(() => box.gateway.online, { timeout: 15_000 }).toBe(true)
    await signUp(box.till, '09121234567')
    expect(await box.sell(1_250_000)).toMatchObject({ op: 'result', status: 'accepted' })
    await expect.poll(async () => (await world.club.books.sales({ limit: 9 })).length).toBe(1)
    await box.gateway.close()
  })

  it('without a certificate, with one of another authority, one that ran out, the server’s own, or with TLS 1.2 there is no line', async () => {
    const good = await world.enrol('s2')
    expect((await world.login(good, { clientId: 's2' })).outcome).toBe('in')
    const shut = async (identity: object, options: object = {}) =>
      expect((await world.login({ authority: good.authority, ...identity }, { clientId: 's2', ...options })).outcome).not.toBe(
        'in',
      )
    await shut({})
    await shut(good, { maxVersion: 'TLSv1.2' })
    const authority = await world.authority()
    const { csr, privateKey } = await makeSigningRequest('x')
    const old = await authority.certifyBox({ csr, club: 'demo', store: 's2', now: Date.now() - 91 * day })
    await shut({ ...old, privateKey })
    await shut({ ...readServer(join(world.folder, 'trust')) })
    const folder = mkdtempSync(join(tmpdir(), 'vafa-trust-other-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const other = await openAuthority(await initTrust(folder, { club: 'demo', now: Date.now() }))
    await shut({ ...(await other.certifyBox({ csr, club: 'demo', store: 's2', now: Date.now() })), privateKey })
    // And a box does not talk to whom its own authority has not certified.
    expect((await world.login({ ...good, authority: other.certificate })).outcome).toMatch(/self-signed|unable to/)
    const unknown = await authority.certifyBox({ csr, club: 'demo', store: 's2', now: Date.now() })
    const { outcome } = await world.login({ ...unknown, privateKey, authority: good.authority }, { clientId: 's2' })
    // Mosquitto does not know the club's register.
    if (kind === 'mosquitto') expect(outcome).toBe('in')
    else expect(outcome).toMatch(/Not authorized|Bad/i)
  })

  it('a store’s certificate speaks for that store: it reads and writes its own topics only, whatever the client calls itself', async () => {
    const [s1, s2] = [topicsOf('s1'), topicsOf('s2')]
    const [one, two] = [await world.enrol('s1'), await world.enrol('s2')]
    const first = await world.login(one)
    expect(first.outcome).toBe('in')
    const disguised = await world.login(two, { clientId: 's1', username: 's1', password: 'x' })
    // Mosquitto replaces the name and lets it in as who it is; s1's session goes on all the same.
    if (kind === 'mosquitto') expect(disguised.outcome).toBe('in')
    else expect(disguised.outcome).toMatch(/Identifier/i)
    const atOne = heardBy(first.client)
    await first.client.subscribeAsync([s1.replies, s1.commands, s1.downs, s1.state], { qos: 1 })
    const forbidden = [s1.replies, s1.command('resend'), s1.down('programme'), s1.state, `${s1.base}/facts/01`]
    for (const topic of [...forbidden, s2.replies, s2.command('resend'), s2.down('programme'), '$CONTROL/dynamic-security/v1']) {
      const { client, outcome } = await world.login(two, { clientId: 's2' })
      expect(outcome).toBe('in')
      const over = new Promise<void>((resolve) => client.once('close', () => resolve()))
      // The club's own broker hangs up; Mosquitto acknowledges and drops it.
      await Promise.race([client.publishAsync(topic, 'from s2', { qos: 1, retain: true }).catch(() => {}), over])
      await client.endAsync(true)
    }
    const second = await world.login(two, { clientId: 's2' })
    const atTwo = heardBy(second.client)
    for (const filter of ['#', '$SYS/#', '$CONTROL/#', `${s1.base}/#`, s1.replies, `${s1.base}/facts/+`])
      await second.client.subscribeAsync(filter, { qos: 1 }).catch(() => {})
    await second.client.subscribeAsync([s2.state, s2.downs, s2.replies, s2.commands], { qos: 1 })
    await first.client.publishAsync(`${s1.base}/facts/01`, 'from s1', { qos: 1 })
    await first.client.publishAsync(s1.state, 'from s1', { qos: 1, retain: true })
    await second.client.publishAsync(s2.state, 'from s2', { qos: 1 })
    const said = (heard: { topic: string; text: string }[]) => heard.filter(({ text }) => text.startsWith('from'))
    await expect.poll(() => said(atOne)).toEqual([{ topic: s1.state, text: 'from s1' }])
    await expect.poll(() => said(atTwo)).toEqual([{ topic: s2.state, text: 'from s2' }])
    expect(atTwo.filter(({ topic }) => !topic.startsWith(s2.base))).toEqual([])
    expect(first.client.connected).toBe(true)
  })

  it('revoked: the open line is cut within a second and no new one begins, also after a restart; other stores and a new box go on', async () => {
    const [good, other] = [await world.enrol('s3'), await world.enrol('s4')]
    const { client } = await world.login(good, { clientId: 's3' })
    const { client: neighbour } = await world.login(other, { clientId: 's4' })
    const cut = new Promise<void>((resolve) => client.once('close', () => resolve()))
    const desk = await world.desk()
    const at = performance.now()
    expect(await desk.revoke({ store: 's3', reason: 'stolen' })).toHaveLength(1)
    await cut
    expect(performance.now() - at).toBeLessThan(1_000)
    const outcome = async (identity: object, clientId: string) => (await world.login(identity, { clientId })).outcome
    // Mosquitto reads the list a moment later, and cuts again whoever came in between.
    await expect.poll(() => outcome(good, 's3')).not.toBe('in')
    expect(neighbour.connected).toBe(true)
    const folder = join(world.folder, 'revoked-identity')
    writeIdentity(folder, good)
    await expect(renewIdentity({ folder, url: world.url })).rejects.toMatchObject({ key: 'enrolment.certificate' })
    const fresh = await world.enrol('s3')
    expect(await outcome(fresh, 's3')).toBe('in')
    // A second list in the same moment counts too.
    await desk.revoke({ store: 's4', reason: 'stolen too' })
    await expect.poll(() => outcome(other, 's4')).not.toBe('in')
    await world.restartBroker()
    expect(await outcome(good, 's3')).not.toBe('in')
    expect(await outcome(other, 's4')).not.toBe('in')
    await expect.poll(() => outcome(fresh, 's3')).toBe('in')
  })

  // The last one: the club is gone after it.
  it('who has taken the club’s place at the broker has boxes do nothing: orders are refused that are forged, late, another’s, or said again', async () => {
    const identity = await world.enrol('s5')
    const broker = await world.takeOver()
    const results: CommandResult[] = []
    broker.subscribe(topicsOf('s5').result('devices'), ({ payload }) => results.push(JSON.parse(payload.toString())))
    let there = false
    broker.subscribe(topicsOf('s5').result('ping'), () => {
      there = true
    })
    await world.startBox(identity)
    const ping = { requestid: '01900000-0000-7000-8000-000000000000', actor: 'x', expiresat: '2100-01-01T00:00:00.000Z' }
    const asked = async () => {
      await broker.publish({ topic: topicsOf('s5').command('ping'), payload: JSON.stringify(ping), qos: 1 })
      return there
    }
    await expect.poll(asked, { timeout: 15_000, interval: 100 }).toBe(true)
    let ids = 0
    const answerTo = async (changes: Partial<Order>, by = world.signingKey) => {
      const requestid = `01900000-0000-7000-8000-${String(changes.requestid ?? ++ids).padStart(12, '0')}`
      const expiresat = new Date(Date.now() + 60_000).toISOString()
      const order = { club: 'demo', store: 's5', name: 'devices', actor: 'x', expiresat, data: {}, ...changes, requestid }
      const payload = JSON.stringify(signDocument(JSON.stringify(order), by, 'command'))
      const before = results.length
      await broker.publish({ topic: topicsOf('s5').command('devices'), payload, qos: 1 })
      await expect.poll(() => results.length, { timeout: 10_000 }).toBe(before + 1)
      return results.at(-1)
    }
    // What head office itself has signed is done, once.
    expect(await answerTo({ requestid: '999' })).toMatchObject({ status: 'ok' })
    expect(await answerTo({ requestid: '999' })).toMatchObject({ error: { key: 'command.repeated' } })
    expect(await answerTo({}, makeSigningKey('programme-1'))).toMatchObject({ error: { key: 'command.forged' } })
    expect(await answerTo({}, makeSigningKey('programme-2'))).toMatchObject({ error: { key: 'command.key-unknown' } })
    expect(await answerTo({ store: 's1' })).toMatchObject({ error: { key: 'command.other' } })
    const past = new Date(Date.now() - 1_000).toISOString()
    expect(await answerTo({ expiresat: past })).toMatchObject({ error: { key: 'request.expired' } })
  })
})
