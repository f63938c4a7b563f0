import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import mqtt from 'mqtt'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeSigningRequest } from '#runtime/certificates.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { type CertificateLogin, createTlsMemory } from '#runtime/tls-memory.ts'
import { initTrust, trustFiles } from '../authority/files.ts'
import { openTrust } from '../authority/trust.ts'
import { startEmbeddedBroker } from './embedded.ts'

const day = 86_400_000
const loopback = { host: '127.0.0.1', port: 0 }

let folder: string
let clock: { now: number }
let running: Awaited<ReturnType<typeof start>>

/** The broker of a club with one store, on the authority in `folder`. */
async function start() {
  const runtime = { ...systemRuntime, now: () => clock.now }
  const names = ['localhost', '127.0.0.1']
  const trust = await openTrust({ folder, club: 'demo', names, isStore: () => true, runtime, log: silentLogger })
  const broker = await startEmbeddedBroker({
    ...{ club: 'demo', secrets: new Map([['s1', undefined]]), listen: loopback, trust: { trust, listen: loopback } },
    ...{
      limits: { bytesPerSecond: 1e6, strangersOfAddress: 100 },
      onRefused: () => {},
      onConnected: () => {},
      log: silentLogger,
    },
  })
  trust.onRevoked(broker.revoked)
  return {
    trust,
    broker,
    async close() {
      await broker.close()
      trust.close()
    },
  }
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-tickets-'))
  clock = { now: Date.now() }
  await initTrust(folder, { club: 'demo', now: clock.now })
  running = await start()
})
afterEach(async () => {
  await running.close()
  rmSync(folder, { recursive: true })
})

async function restart(): Promise<void> {
  await running.close()
  running = await start()
}

async function certify(): Promise<CertificateLogin> {
  const { authority, register } = running.trust
  const { csr, privateKey } = await makeSigningRequest('box')
  const { certificate, serial, until } = await authority.certifyBox({ csr, club: 'demo', store: 's1', now: clock.now })
  const [issuedAt, expiresAt] = [new Date(clock.now).toISOString(), new Date(until).toISOString()]
  register.issued({ serial, store: 's1', issuedAt, expiresAt })
  return { certificate, privateKey, authority: authority.certificate }
}

/** One connection of s1's box, until it is in or refused: how, and with which kind of handshake. */
async function come(login: CertificateLogin, memory: ReturnType<typeof createTlsMemory>) {
  const url = `mqtts://127.0.0.1:${running.broker.ports[1]}`
  const client = mqtt.connect(url, { ...memory.optionsFor(login), clientId: 's1', protocolVersion: 4, reconnectPeriod: 0 })
  memory.learnFrom(client.stream)
  let handshake: 'whole' | 'resumed' | 'none' = 'none'
  client.stream.once('secureConnect', () => {
    handshake = client.stream instanceof TLSSocket && client.stream.isSessionReused() ? 'resumed' : 'whole'
  })
  const outcome = await new Promise<string>((resolve) => {
    client.once('connect', () => resolve('in'))
    client.once('error', ({ message }) => resolve(message))
  })
  await client.endAsync(true)
  return { outcome, handshake }
}

it('a box that comes back resumes its session, also after a restart of the club; a new certificate begins anew', async () => {
  const [first, second] = [await certify(), await certify()]
  const memory = createTlsMemory()
  expect(await come(first, memory)).toEqual({ outcome: 'in', handshake: 'whole' })
  expect(await come(first, memory)).toEqual({ outcome: 'in', handshake: 'resumed' })
  await restart()
  expect(await come(first, memory)).toEqual({ outcome: 'in', handshake: 'resumed' })
  expect(await come(second, memory)).toEqual({ outcome: 'in', handshake: 'whole' })
  expect(statSync(trustFiles(folder).ticketKeys).mode & 0o777).toBe(0o600)
})

it('a revoked box is refused although its ticket is good, also after a restart', async () => {
  const login = await certify()
  const memory = createTlsMemory()
  await come(login, memory)
  await running.trust.desk.revoke({ store: 's1', reason: 'stolen' })
  const refused = { outcome: expect.stringMatching(/bad username or password/i), handshake: 'resumed' }
  expect(await come(login, memory)).toEqual(refused)
  await restart()
  expect(await come(login, memory)).toEqual(refused)
})

it('a box whose certificate has run out since is refused although its ticket is good', async () => {
  const login = await certify()
  const memory = createTlsMemory()
  await come(login, memory)
  clock.now += 91 * day
  expect(await come(login, memory)).toEqual({ outcome: expect.stringMatching(/bad username/i), handshake: 'resumed' })
})

it('after a month the keys of tickets are others, and who comes makes a whole handshake', async () => {
  const login = await certify()
  const memory = createTlsMemory()
  await come(login, memory)
  clock.now += 31 * day
  await restart()
  expect(await come(login, memory)).toEqual({ outcome: 'in', handshake: 'whole' })
})
