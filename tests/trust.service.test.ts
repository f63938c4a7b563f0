import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect as tlsConnect } from 'node:tls'
import fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { audit } from '#cli/commands/club-audit.ts'
import { checkpoint } from '#cli/commands/gateway-checkpoint.ts'
import { createClubClock } from '#gateway/clock.ts'
import { openGatewayDatabase } from '#gateway/database.ts'
import { bootIdOf, createEnvelopes } from '#gateway/envelopes.ts'
import { enrolBox } from '#gateway/identity/enrol.ts'
import { readIdentity, writeIdentity } from '#gateway/identity/identity.ts'
import { renewIdentity } from '#gateway/identity/renewal.ts'
import { salvage } from '#gateway/identity/salvage.ts'
import { openOutbox } from '#gateway/outbox.ts'
import { readCode } from '#protocol/enrolment.ts'
import type { MessageData } from '#protocol/messages.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { startTrustingClub, type TrustingClub } from './trusting-club.ts'

// Boxes and their club over real TLS sockets.

const day = 86_400_000

/** The same club as on every other broker (trusted-lines.service.test.ts), ended with its test. */
async function trustingClub(): Promise<TrustingClub> {
  const trusting = await startTrustingClub()
  onTestFinished(() => trusting.close())
  return trusting
}

it('a code lets in a box for its store only, and not after its time', async () => {
  const trusting = await trustingClub()
  const { club, clock, url } = trusting
  const enrolled = await enrolBox({ code: await trusting.code('s2'), club: url })
  expect(enrolled).toMatchObject({ club: 'demo', store: 's2', tokenKey: { keyid: 'k1', secret: 'k'.repeat(43) } })
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

it('a box renews its certificate over a fresh key, also when it was away for months; after 400 days it needs a code', async () => {
  const trusting = await trustingClub()
  const folder = join(trusting.folder, 'identity')
  const first = await enrolBox({ code: await trusting.code(), club: trusting.url })
  writeIdentity(folder, first)
  const second = await renewIdentity({ folder, url: trusting.url })
  expect(second.privateKey).not.toBe(first.privateKey)
  expect(readIdentity(folder)).toEqual(second)
  expect((await trusting.login(second)).outcome).toBe('in')

  trusting.clock.now += 200 * day
  expect((await trusting.login(second)).outcome).not.toBe('in')
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
  const { client } = await trusting.login(identity)
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
