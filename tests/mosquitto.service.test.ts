import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { expect, it, onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { openAuthority } from '#club/authority/authority.ts'
import { initTrust, readAuthority, readServer } from '#club/authority/files.ts'
import { startClub } from '#club/club.ts'
import { readClubConfig } from '#club/config.ts'
import { reachControl } from '#club/control.ts'
import { gatewayConfig } from '#gateway/config.ts'
import { startGateway } from '#gateway/gateway.ts'
import { enrolBox } from '#gateway/identity/enrol.ts'
import { type BoxIdentity, writeIdentity } from '#gateway/identity/identity.ts'
import { makeSealingKey } from '#protocol/sealing.ts'
import { makeSigningKey } from '#protocol/signing.ts'
import { storeTopics } from '#protocol/topics.ts'
import { makeSigningRequest } from '#runtime/certificates.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa } from '#simulators/process/watched-process.ts'
import { connectTillWhenThere } from '#simulators/till/when-there.ts'
import { openSale, signUp, whenClubAnswers } from './chain.ts'
import { startPrivateMosquitto } from './private-mosquitto.ts'

// A club on a real Mosquitto 2, with the configuration that `vafa club broker-config mosquitto` writes.

const day = 86_400_000
const topics = storeTopics('demo', 's1')

/** A folder with a club and three stores that are to use a Mosquitto; the third is called as the club's server is. */
async function mosquittoClub() {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-mosquitto-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'secrets'))
  writeFileSync(join(folder, 'secrets/pepper'), 'the secret of the club\n')
  writeFileSync(join(folder, 'secrets/token-key'), `${'k'.repeat(43)}\n`)
  writeFileSync(join(folder, 'secrets/sealing.json'), JSON.stringify(makeSealingKey('seal-1')))
  writeFileSync(join(folder, 'secrets/programme.json'), JSON.stringify(makeSigningKey('programme-1')))
  const file = join(folder, 'club.yaml')
  const [boxesPort, clubPort] = [await freePort(), await freePort()]
  writeFileSync(
    file,
    stringify({
      club: 'demo',
      trust: { names: ['localhost', '127.0.0.1'], listen: { port: boxesPort }, enrolment: { port: 0 } },
      broker: { mosquitto: { url: `mqtts://127.0.0.1:${clubPort}` } },
      database: 'club.sqlite',
      pepperFile: 'secrets/pepper',
      sealingKeyFile: 'secrets/sealing.json',
      programmeKeyFile: 'secrets/programme.json',
      tokenKey: { keyid: 'k1', secretFile: 'secrets/token-key' },
      stores: [{ store: 's1' }, { store: 's2' }, { store: 'localhost' }],
    }),
  )
  const config = readClubConfig(file)
  await initTrust(join(folder, 'trust'), { club: 'demo', now: Date.now() })
  const command = startVafa(['club', 'broker-config', 'mosquitto', '--out', join(folder, 'mosquitto'), '-c', file])
  expect(await command.ended, command.output()).toBe(0)
  const mosquitto = await startPrivateMosquitto(join(folder, 'mosquitto'))
  onTestFinished(() => mosquitto.stop())
  const club = await startClub({ config, runtime: systemRuntime, log: silentLogger })
  onTestFinished(() => club.close())
  const control = await reachControl(config.control)
  if (!control) throw new Error('the club does not hold its socket')
  onTestFinished(() => control.close())
  const url = new URL(`https://127.0.0.1:${club.trust?.enrolmentPort}`)
  return {
    ...{ folder, boxesPort, clubPort, club, control, mosquitto, url },
    enrol: async (store: string) =>
      enrolBox({ code: (await control.newCode({ store, minutes: 60, by: 'test' })).code, club: url }),
    authority: () => openAuthority(readAuthority(join(folder, 'trust'))),
  }
}

/** A line to Mosquitto; resolves with the client, and `in` or why there is none. */
async function login(port: number, identity: Partial<BoxIdentity>, options: object = {}) {
  const client = mqtt.connect(`mqtts://127.0.0.1:${port}`, {
    ...{ reconnectPeriod: 0, clientId: 's1', connectTimeout: 5_000 },
    ...(identity.certificate === undefined ? {} : { cert: identity.certificate }),
    ...(identity.privateKey === undefined ? {} : { key: identity.privateKey }),
    ...(identity.authority === undefined ? {} : { ca: identity.authority }),
    ...options,
  })
  onTestFinished(() => void client.end(true))
  const outcome = await new Promise<string>((resolve) => {
    client.once('connect', () => resolve('in'))
    client.once('error', (error) => resolve(error.message))
    client.once('close', () => resolve('closed'))
  })
  return { client, outcome }
}

/** What comes to a client from now on. */
function heardBy(client: MqttClient): string[] {
  const heard: string[] = []
  client.on('message', (topic) => heard.push(topic))
  return heard
}

async function startBox({ folder }: { folder: string }, identity: Awaited<ReturnType<typeof enrolBox>>) {
  const home = join(folder, identity.store)
  writeIdentity(join(home, 'identity'), identity)
  writeFileSync(join(home, 'token-key'), identity.tokenKey.secret)
  const port = await freePort()
  const gateway = await startGateway({
    config: gatewayConfig.parse({
      store: identity.store,
      club: { name: 'demo', url: `mqtts://127.0.0.1:${identity.brokerPort}`, identity: 'identity' },
      tokenKey: { keyid: 'k1', secretFile: 'token-key' },
      programmeKeys: identity.programmeKeys,
      database: 'gateway.sqlite',
      lanes: [{ lane: 'lane-1' }],
      devices: [{ device: 'till', lane: 'lane-1', driver: 'till-tcp', options: { port } }],
    }),
    configFile: join(home, 'gateway.yaml'),
    runtime: systemRuntime,
    log: silentLogger,
  })
  onTestFinished(() => gateway.close())
  const till = await connectTillWhenThere({ port })
  onTestFinished(() => till.close())
  const sell = async (total: number) => {
    const quote = await openSale(till, total)
    return till.request(
      { op: 'complete', saleid: quote.saleid, tenders: [{ kind: 'cash', amount: quote.payable }] },
      { until: 'result' },
    )
  }
  return { gateway, till, sell }
}

it('a box enrols, sells and gets the club’s own reply through Mosquitto, also after that was killed and started again', async () => {
  const world = await mosquittoClub()
  const box = await startBox(world, await world.enrol('s1'))
  await expect.poll(() => box.gateway.online, { timeout: 10_000 }).toBe(true)
  await signUp(box.till, '09121234567')
  expect(await box.sell(1_250_000)).toMatchObject({ op: 'result', status: 'accepted' })
  await world.mosquitto.restart()
  await expect.poll(() => box.gateway.online, { timeout: 1_000 }).toBe(false)
  await expect.poll(() => box.gateway.online, { timeout: 15_000 }).toBe(true)
  await whenClubAnswers(box.till)
  expect(await box.sell(900_000)).toMatchObject({ op: 'result', status: 'accepted' })
  await expect.poll(async () => (await world.club.books.sales({ limit: 9 })).length).toBe(2)
  // Mosquitto keeps nothing on disk: what stays there for boxes was said again by the club.
  const { client } = await login(world.boxesPort, await world.enrol('s2'))
  const heard = heardBy(client)
  await client.subscribeAsync('vafa/v1/demo/stores/s2/down/+', { qos: 1 })
  await expect
    .poll(() => heard.map((topic) => topic.split('/').at(-1)).sort())
    .toEqual(expect.arrayContaining(['keys', 'programme']))
})

it('a store reads and writes its own topics only, and cannot take another one’s place', async () => {
  const world = await mosquittoClub()
  const one = await login(world.boxesPort, await world.enrol('s1'))
  // Whatever it calls itself, it is who its certificate says: s1’s session goes on.
  const two = await login(world.boxesPort, await world.enrol('s2'), { clientId: 's1', username: 's1', password: 'x' })
  expect([one.outcome, two.outcome]).toEqual(['in', 'in'])
  const [atOne, atTwo] = [heardBy(one.client), heardBy(two.client)]
  await one.client.subscribeAsync([topics.replies, topics.commands, topics.downs, topics.state, `${topics.base}/facts/+`], {
    qos: 1,
  })
  await two.client.subscribeAsync(['#', '$SYS/#', '$CONTROL/#', `${topics.base}/#`], { qos: 1 })
  for (const topic of [
    topics.replies,
    topics.command('resend'),
    topics.down('programme'),
    topics.state,
    `${topics.base}/facts/01`,
  ])
    await two.client.publishAsync(topic, 'from s2', { qos: 1 })
  await two.client.publishAsync('$CONTROL/dynamic-security/v1', '{"commands":[{"command":"listClients"}]}', { qos: 1 })
  await one.client.publishAsync(`${topics.base}/facts/01`, 'from s1', { qos: 1 })
  await one.client.publishAsync(topics.replies, 'from s1', { qos: 1 })
  const own = storeTopics('demo', 's2').state
  await two.client.publishAsync(own, 'mine', { qos: 1 })
  await one.client.publishAsync(topics.state, 'mine', { qos: 1 })
  await expect.poll(() => [atOne.includes(topics.state), atTwo.includes(own)]).toEqual([true, true])
  expect(atOne.filter((topic) => !topic.includes('/down/'))).toEqual([topics.state])
  expect(atTwo.filter((topic) => !topic.startsWith('vafa/v1/demo/stores/s2/'))).toEqual([])
  expect(one.client.connected).toBe(true)
  // At the club's listener a box may nothing at all.
  const astray = await login(world.clubPort, await world.enrol('s2'))
  expect(JSON.stringify(await astray.client.subscribeAsync(own).catch((error: Error) => error.message))).toMatch(
    /128|Unspecified/,
  )
})

it('without a certificate, with one of another authority, one that ran out, the server’s own, or with TLS 1.2 there is no line', async () => {
  const world = await mosquittoClub()
  const { boxesPort } = world
  const good = await world.enrol('s1')
  expect((await login(boxesPort, good)).outcome).toBe('in')
  expect((await login(boxesPort, { authority: good.authority })).outcome).not.toBe('in')
  expect((await login(boxesPort, good, { maxVersion: 'TLSv1.2' })).outcome).not.toBe('in')
  const authority = await world.authority()
  const { csr, privateKey } = await makeSigningRequest('x')
  const old = await authority.certifyBox({ csr, club: 'demo', store: 's1', now: Date.now() - 91 * day })
  expect((await login(boxesPort, { ...old, privateKey, authority: good.authority })).outcome).not.toBe('in')
  const server = readServer(join(world.folder, 'trust'))
  expect((await login(boxesPort, { ...server, authority: good.authority })).outcome).not.toBe('in')
  const elsewhere = await openAuthority(await initTrust(join(world.folder, 'other'), { club: 'demo', now: Date.now() }))
  const strange = await elsewhere.certifyBox({ csr, club: 'demo', store: 's1', now: Date.now() })
  expect((await login(boxesPort, { ...strange, privateKey, authority: good.authority })).outcome).not.toBe('in')
  expect((await login(boxesPort, { ...good, authority: elsewhere.certificate })).outcome).toMatch(/self-signed|unable to/)
})

it('revoked: Mosquitto cuts the open line within a second and lets no new one begin; other stores and a new box go on', async () => {
  const world = await mosquittoClub()
  const [good, other] = [await world.enrol('s1'), await world.enrol('s2')]
  const { client } = await login(world.boxesPort, good)
  const { client: neighbour } = await login(world.boxesPort, other, { clientId: 's2' })
  const cut = new Promise<void>((resolve) => client.once('close', () => resolve()))
  const at = performance.now()
  expect(await world.control.revoke({ store: 's1', reason: 'stolen' })).toHaveLength(1)
  await cut
  expect(performance.now() - at).toBeLessThan(1_000)
  await expect.poll(async () => (await login(world.boxesPort, good)).outcome).not.toBe('in')
  expect(neighbour.connected).toBe(true)
  const fresh = await world.enrol('s1')
  expect((await login(world.boxesPort, fresh)).outcome).toBe('in')
  // A second list in the same moment counts too, and so it does after Mosquitto's next start.
  await world.control.revoke({ store: 's2', reason: 'stolen too' })
  await expect.poll(async () => (await login(world.boxesPort, other)).outcome).not.toBe('in')
  await world.mosquitto.restart()
  for (const shut of [good, other]) expect((await login(world.boxesPort, shut)).outcome).not.toBe('in')
  await expect.poll(async () => (await login(world.boxesPort, fresh)).outcome).toBe('in')
})

it('the authority’s key is not among Mosquitto’s files, and what is secret there is not for everybody', async () => {
  const { folder } = await mosquittoClub()
  const at = (path: string) => join(folder, 'mosquitto', path)
  const key = readFileSync(join(folder, 'trust/authority-key.pem'), 'utf8').slice(40, 100)
  for (const path of ['mosquitto.conf', 'boxes.acl', 'server-key.pem', 'authority.pem', 'state/dynamic-security.json'])
    expect(readFileSync(at(path), 'utf8')).not.toContain(key)
  expect(existsSync(at('authority-key.pem'))).toBe(false)
  for (const path of ['.', 'server-key.pem', 'state/dynamic-security.json']) expect(statSync(at(path)).mode & 0o007).toBe(0)
})
