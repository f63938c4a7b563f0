import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as tlsConnect } from 'node:tls'
import fc from 'fast-check'
import mqtt from 'mqtt'
import { expect, it, onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { audit } from '#cli/commands/club-audit.ts'
import { checkpoint } from '#cli/commands/gateway-checkpoint.ts'
import { openAuthority } from '#club/authority/authority.ts'
import { initTrust, readAuthority } from '#club/authority/files.ts'
import { type Club, startClub } from '#club/club.ts'
import { readClubConfig } from '#club/config.ts'
import { reachControl } from '#club/control.ts'
import { createClubClock } from '#gateway/clock.ts'
import { gatewayConfig } from '#gateway/config.ts'
import { openGatewayDatabase } from '#gateway/database.ts'
import { bootIdOf, createEnvelopes } from '#gateway/envelopes.ts'
import { startGateway } from '#gateway/gateway.ts'
import { enrolBox } from '#gateway/identity/enrol.ts'
import { type BoxIdentity, readIdentity, writeIdentity } from '#gateway/identity/identity.ts'
import { renewIdentity } from '#gateway/identity/renewal.ts'
import { salvage } from '#gateway/identity/salvage.ts'
import { openOutbox } from '#gateway/outbox.ts'
import { readCode } from '#protocol/enrolment.ts'
import type { MessageData } from '#protocol/messages.ts'
import { makeSealingKey } from '#protocol/sealing.ts'
import { makeSigningKey } from '#protocol/signing.ts'
import { makeSigningRequest } from '#runtime/certificates.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'

// Boxes and their club over real TLS sockets.

const day = 86_400_000

interface TrustingClub {
  readonly club: Club
  clock: { now: number }
  folder: string
  url: URL
  code(store?: string, minutes?: number): Promise<string>
  revoke(store: string): Promise<string[]>
  restart(): Promise<void>
}

/** A club with an authority of its own and two stores that have no passwords. */
async function trustingClub(): Promise<TrustingClub> {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-trust-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'secrets'))
  writeFileSync(join(folder, 'secrets/pepper'), 'the secret of the club\n')
  writeFileSync(join(folder, 'secrets/token-key'), `${'k'.repeat(43)}\n`)
  writeFileSync(join(folder, 'secrets/sealing.json'), JSON.stringify(makeSealingKey('seal-1')))
  writeFileSync(join(folder, 'secrets/programme.json'), JSON.stringify(makeSigningKey('programme-1')))
  const file = join(folder, 'club.yaml')
  writeFileSync(
    file,
    stringify({
      club: 'demo',
      listen: { port: 0 },
      trust: { names: ['localhost', '127.0.0.1'], listen: { port: 0 }, enrolment: { port: 0 } },
      database: 'club.sqlite',
      pepperFile: 'secrets/pepper',
      sealingKeyFile: 'secrets/sealing.json',
      programmeKeyFile: 'secrets/programme.json',
      tokenKey: { keyid: 'k1', secretFile: 'secrets/token-key' },
      stores: [{ store: 's1' }, { store: 's2' }],
    }),
  )
  const config = readClubConfig(file)
  const clock = { now: Date.now() }
  await initTrust(join(folder, 'trust'), { club: 'demo', now: clock.now })
  const runtime = { ...systemRuntime, now: () => clock.now }
  let club = await startClub({ config, runtime, log: silentLogger })
  onTestFinished(() => club.close())
  const desk = async () => {
    const control = await reachControl(config.control)
    if (!control) throw new Error('the club does not hold its socket')
    onTestFinished(() => control.close())
    return control
  }
  return {
    get club() {
      return club
    },
    clock,
    folder,
    get url() {
      return new URL(`https://127.0.0.1:${club.trust?.enrolmentPort}`)
    },
    code: async (store = 's1', minutes = 60) => (await (await desk()).newCode({ store, minutes, by: 'test' })).code,
    revoke: async (store) => (await desk()).revoke({ store, reason: 'stolen' }),
    async restart() {
      await club.close()
      club = await startClub({ config, runtime, log: silentLogger })
    },
  }
}

/** A box's line, by MQTT over TLS; resolves with why it was refused, or with the client. */
async function login(club: Club, identity: Partial<BoxIdentity>, options: object = {}) {
  const client = mqtt.connect(`mqtts://127.0.0.1:${club.trust?.port}`, {
    ...{ reconnectPeriod: 0, clientId: 's1', connectTimeout: 5_000 },
    ...(identity.certificate === undefined ? {} : { cert: identity.certificate }),
    ...(identity.privateKey === undefined ? {} : { key: identity.privateKey }),
    ...(identity.authority === undefined ? {} : { ca: identity.authority }),
    ...options,
  })
  onTestFinished(() => void client.end(true))
  const outcome = await new Promise<'in' | string>((resolve) => {
    client.once('connect', () => resolve('in'))
    client.once('error', (error) => resolve(error.message))
    client.once('close', () => resolve('closed'))
  })
  return { client, outcome }
}

it('a technician’s code makes a key on the box and gets it a certificate; the gateway then sells with it', async () => {
  const trusting = await trustingClub()
  const enrolled = await enrolBox({ code: await trusting.code(), club: trusting.url })
  expect(enrolled).toMatchObject({ club: 'demo', store: 's1', tokenKey: { keyid: 'k1', secret: 'k'.repeat(43) } })

  const folder = join(trusting.folder, 'box')
  writeIdentity(join(folder, 'identity'), enrolled)
  writeFileSync(join(folder, 'token-key'), enrolled.tokenKey.secret)
  const gateway = await startGateway({
    config: gatewayConfig.parse({
      store: 's1',
      club: { name: 'demo', url: `mqtts://127.0.0.1:${enrolled.brokerPort}`, identity: 'identity' },
      tokenKey: { keyid: 'k1', secretFile: 'token-key' },
      programmeKeys: enrolled.programmeKeys,
      database: 'gateway.sqlite',
      lanes: [{ lane: 'lane-1' }],
    }),
    configFile: join(folder, 'gateway.yaml'),
    runtime: systemRuntime,
    log: silentLogger,
  })
  onTestFinished(() => gateway.close())
  await expect.poll(() => gateway.online, { timeout: 10_000 }).toBe(true)
})

it('a code lets in one box, for its store only, and not after its time', async () => {
  const trusting = await trustingClub()
  const { club, clock, url } = trusting
  const once = await trusting.code('s2')
  expect(await enrolBox({ code: once, club: url })).toMatchObject({ store: 's2' })
  await expect(enrolBox({ code: once, club: url })).rejects.toMatchObject({ key: 'enrolment.code-used' })
  const late = await trusting.code('s1', 10)
  clock.now += 11 * 60_000
  await expect(enrolBox({ code: late, club: url })).rejects.toMatchObject({ key: 'enrolment.code-expired' })
  const code = readCode(await trusting.code())
  await expect(enrolBox({ code: `0000000000${code?.pin}`, club: url })).rejects.toMatchObject({ key: 'enrolment.code-unknown' })
  await expect(trusting.code('s9')).rejects.toMatchObject({ key: 'store.unknown' })
  expect(club.trust?.port).toBeGreaterThan(0)
})

it('a box does not show its code’s secret to one who is not the club that gave it out', async () => {
  const [ours, other] = [await trustingClub(), await trustingClub()]
  const code = await ours.code()
  await expect(enrolBox({ code, club: other.url })).rejects.toMatchObject({ key: 'enrolment.other-club' })
  expect(await enrolBox({ code, club: ours.url })).toMatchObject({ store: 's1' })
})

it('codes cannot be guessed: after twenty wrong ones in a minute none is looked at', async () => {
  const trusting = await trustingClub()
  const pin = readCode(await trusting.code())?.pin
  const good = await trusting.code()
  for (let n = 0; n < 20; n++)
    await expect(enrolBox({ code: `${String(n).padStart(10, '0')}${pin}`, club: trusting.url })).rejects.toMatchObject({
      key: 'enrolment.code-unknown',
    })
  await expect(enrolBox({ code: good, club: trusting.url })).rejects.toMatchObject({ key: 'enrolment.busy', permanent: false })
})

it('without a certificate, with one of another authority, one that ran out, or with TLS 1.2 there is no line', async () => {
  const trusting = await trustingClub()
  const { club, clock } = trusting
  const good = await enrolBox({ code: await trusting.code(), club: trusting.url })
  expect((await login(club, good)).outcome).toBe('in')

  expect((await login(club, { authority: good.authority })).outcome).not.toBe('in')
  const stranger = await trustingClub()
  const strange = await enrolBox({ code: await stranger.code(), club: stranger.url })
  expect((await login(club, { ...strange, authority: good.authority })).outcome).not.toBe('in')
  expect((await login(club, { ...good, authority: strange.authority })).outcome).toMatch(/self-signed|unable to/)
  expect((await login(club, good, { maxVersion: 'TLSv1.2' })).outcome).not.toBe('in')
  const authority = await openAuthority(readAuthority(join(trusting.folder, 'trust')))
  const { csr, privateKey } = await makeSigningRequest('x')
  const unknown = await authority.certifyBox({ csr, club: 'demo', store: 's1', now: clock.now })
  expect((await login(club, { ...unknown, privateKey, authority: good.authority })).outcome).toMatch(/Not authorized|Bad/i)
  const old = await authority.certifyBox({ csr, club: 'demo', store: 's1', now: clock.now - 91 * day })
  expect((await login(club, { ...old, privateKey, authority: good.authority })).outcome).not.toBe('in')
})

it('a certificate speaks for its own store, whatever the client calls itself', async () => {
  const trusting = await trustingClub()
  const good = await enrolBox({ code: await trusting.code('s2'), club: trusting.url })
  expect((await login(trusting.club, good, { clientId: 's1', username: 's1', password: 'x' })).outcome).toMatch(/Identifier/i)
  const { client, outcome } = await login(trusting.club, good, { clientId: 's2' })
  expect(outcome).toBe('in')
  const grants = await client.subscribeAsync('vafa/v1/demo/stores/s1/replies').catch((error: Error) => error.message)
  expect(JSON.stringify(grants)).toMatch(/128|Unspecified/)
})

it('revoked: the open line is cut within a second, and no new one begins', async () => {
  const trusting = await trustingClub()
  const good = await enrolBox({ code: await trusting.code(), club: trusting.url })
  const { client } = await login(trusting.club, good)
  const cut = new Promise<void>((resolve) => client.once('close', () => resolve()))
  const at = performance.now()
  expect(await trusting.revoke('s1')).toHaveLength(1)
  await cut
  expect(performance.now() - at).toBeLessThan(1_000)
  expect((await login(trusting.club, good)).outcome).not.toBe('in')
  const folder = join(trusting.folder, 'identity')
  writeIdentity(folder, good)
  await expect(renewIdentity({ folder, url: trusting.url })).rejects.toMatchObject({ key: 'enrolment.certificate' })
  await trusting.restart()
  expect((await login(trusting.club, good)).outcome).not.toBe('in')
})

it('a box renews its certificate over a fresh key, also when it was away for months; after 400 days it needs a code', async () => {
  const trusting = await trustingClub()
  const folder = join(trusting.folder, 'identity')
  const first = await enrolBox({ code: await trusting.code(), club: trusting.url })
  writeIdentity(folder, first)
  const second = await renewIdentity({ folder, url: trusting.url })
  expect(second.privateKey).not.toBe(first.privateKey)
  expect(readIdentity(folder)).toEqual(second)
  expect((await login(trusting.club, second)).outcome).toBe('in')

  trusting.clock.now += 200 * day
  expect((await login(trusting.club, second)).outcome).not.toBe('in')
  // Of this machine's clock it is a certificate that is not good yet, so only the club's judgement is asked here.
  const third = await renewIdentity({ folder, url: trusting.url })
  expect(third.certificate).not.toBe(second.certificate)
  trusting.clock.now += 500 * day
  await expect(renewIdentity({ folder, url: trusting.url })).rejects.toMatchObject({ key: 'enrolment.certificate' })
})

it('the enrolment port answers rubbish with a refusal and goes on', async () => {
  const trusting = await trustingClub()
  const { authority } = await enrolBox({ code: await trusting.code(), club: trusting.url })
  const port = Number(trusting.url.port)
  const send = (bytes: Uint8Array) =>
    new Promise<void>((resolve) => {
      const socket = tlsConnect({ host: '127.0.0.1', port, ca: authority }, () => socket.end(bytes))
      socket.on('error', () => {})
      socket.on('close', () => resolve())
      socket.resume()
    })
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), send), { numRuns: 40 })
  for (const body of ['', '{}', '{"secret":"1234567890","csr":"x"}', '[', `{"secret":"${'9'.repeat(40_000)}"}`])
    await send(
      Buffer.from(
        `POST /v1/enrolment HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      ),
    )
  expect(await enrolBox({ code: await trusting.code(), club: trusting.url })).toMatchObject({ store: 's1' })
})

it('no key and no code is in the register, and the authority’s key is its owner’s alone', async () => {
  const trusting = await trustingClub()
  const code = await trusting.code()
  const { privateKey } = await enrolBox({ code, club: trusting.url })
  const register = ['', '-wal']
    .map((end) => readFileSync(join(trusting.folder, `trust/register.sqlite${end}`), 'latin1'))
    .join('')
  expect(register).not.toContain(readCode(code)?.secret ?? code)
  expect(register).not.toContain(privateKey.slice(40, 80))
})

it('what a broken box still had for the club comes through from its disk, once, beside the new box', async () => {
  const trusting = await trustingClub()
  const folder = join(trusting.folder, 'old')
  mkdirSync(folder)
  const path = join(folder, 'gateway.sqlite')
  const disk = openGatewayDatabase(path)
  const outbox = openOutbox({ ...disk, runtime: systemRuntime, log: silentLogger, onCommitted: () => {} })
  const clock = createClubClock(systemRuntime)
  const runtime = systemRuntime
  const envelopes = createEnvelopes({ store: 's1', boxid: outbox.boxid, bootid: bootIdOf(runtime), clock, runtime })
  const sales = Array.from({ length: 5 }, (_, n) => {
    const saleid = runtime.uuid()
    const sale: MessageData<'vafa.sale.completed.v1'> = {
      ...{ saleid, businessdate: '2026-11-22', tillreceipt: `R${n}`, currency: 'IRR', total: 1_000, lines: [], mode: 'live' },
      ...{ applied: [], payable: 1_000, tenders: [{ kind: 'cash', amount: 1_000 }] },
    }
    return envelopes.fact('vafa.sale.completed.v1', sale, { lane: 'lane-1', device: 'till', orderkey: saleid }, saleid)
  })
  await outbox.commit(sales)
  outbox.close()
  disk.database.close()

  const identity = await enrolBox({ code: await trusting.code(), club: trusting.url })
  const { client } = await login(trusting.club, identity)
  const from = {
    ...{ database: path, club: 'demo', store: 's1', url: `mqtts://127.0.0.1:${identity.brokerPort}` },
    ...{ login: () => identity, runtime, log: silentLogger },
  }
  expect(await salvage(from)).toEqual({ found: 5, settled: 5 })
  expect(await salvage(from)).toEqual({ found: 0, settled: 0 })
  expect((await trusting.club.books.sales({ limit: 50 })).map(({ saleid }) => saleid).sort()).toEqual(
    sales.map(({ saleid }) => saleid).sort(),
  )
  expect(client.connected).toBe(true)

  // What it has told is signed by it, and the club's books have all of it.
  writeIdentity(join(folder, 'identity'), identity)
  const config = join(folder, 'gateway.yaml')
  const own = { name: 'demo', url: from.url, identity: 'identity' }
  const tokenKey = { keyid: 'k1', secretFile: 'token-key' }
  writeFileSync(config, stringify({ store: 's1', club: own, tokenKey, database: path, lanes: [{ lane: 'lane-1' }] }))
  const range = join(folder, 'range.json')
  checkpoint({ config, out: range })
  expect(JSON.parse(readFileSync(range, 'utf8'))).toMatchObject({ store: 's1', from: 1, to: 5 })
  await audit({ config: join(trusting.folder, 'club.yaml'), range })
  const changed = readFileSync(range, 'utf8').replace('"to":5', '"to":6')
  writeFileSync(range, changed)
  await expect(audit({ config: join(trusting.folder, 'club.yaml'), range })).rejects.toMatchObject({ key: 'checkpoint.invalid' })
})
