import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { stringify } from 'yaml'
import { openAuthority } from '#club/authority/authority.ts'
import { initTrust, readAuthority } from '#club/authority/files.ts'
import { trustPlace } from '#club/authority/place.ts'
import { openTrust } from '#club/authority/trust.ts'
import type { ClubBroker } from '#club/broker/club-broker.ts'
import { startEmbeddedBroker } from '#club/broker/embedded.ts'
import { reachMosquitto } from '#club/broker/mosquitto.ts'
import { type Club, startClub } from '#club/club.ts'
import { readClubConfig } from '#club/config.ts'
import { type Operated, reachControl } from '#club/control.ts'
import { gatewayConfig } from '#gateway/config.ts'
import { startGateway } from '#gateway/gateway.ts'
import { type Enrolled, enrolBox } from '#gateway/identity/enrol.ts'
import { type BoxIdentity, writeIdentity } from '#gateway/identity/identity.ts'
import { makeSealingKey } from '#protocol/sealing.ts'
import { makeSigningKey, type SigningKey } from '#protocol/signing.ts'
import { silentLogger } from '#runtime/log.ts'
import { type Runtime, systemRuntime } from '#runtime/runtime.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa } from '#simulators/process/watched-process.ts'
import { connectTillWhenThere } from '#simulators/till/when-there.ts'
import { openSale } from './chain.ts'
import { type PrivateMosquitto, startPrivateMosquitto } from './private-mosquitto.ts'

/** The last store is called as the club's own server is. */
const stores = ['s1', 's2', 's3', 's4', 's5', 'localhost'] as const

export type BrokerKind = 'embedded' | 'mosquitto'

/** A line to the broker, and `in` or why there is none. */
export interface Login {
  client: MqttClient
  outcome: string
}

export interface TrustingClub {
  readonly kind: BrokerKind
  readonly folder: string
  readonly club: Club
  readonly clock: { now: number }
  readonly signingKey: SigningKey
  /** Where boxes connect; where Mosquitto has the club connect. */
  readonly boxesPort: number
  readonly clubPort: number
  /** Where boxes enrol. */
  readonly url: URL
  /** Undefined where the broker is the club's own. */
  readonly mosquitto: PrivateMosquitto | undefined
  desk(): Promise<Operated>
  code(store?: string, minutes?: number): Promise<string>
  enrol(store?: string): Promise<Enrolled>
  authority(): ReturnType<typeof openAuthority>
  login(identity: Partial<BoxIdentity>, options?: object): Promise<Login>
  /** The broker, and with it what it knew, is ended and started again. */
  restartBroker(): Promise<void>
  /** Ends the club for good; gives what it had of the broker to somebody who has taken its place there. */
  takeOver(): Promise<ClubBroker>
  /** A store's gateway with a till on `lane-1`, in this process. */
  startBox(identity: Enrolled): Promise<TrustedBox>
  close(): Promise<void>
}

export interface TrustedBox {
  readonly gateway: Awaited<ReturnType<typeof startGateway>>
  readonly till: Awaited<ReturnType<typeof connectTillWhenThere>>
  sell(total: number): Promise<unknown>
}

/** A club with an authority of its own and stores that have no passwords, over real TLS sockets. */
export async function startTrustingClub(kind: BrokerKind = 'embedded'): Promise<TrustingClub> {
  const ends: (() => unknown)[] = []
  const folder = mkdtempSync(join(tmpdir(), `vafa-trust-${kind}-`))
  ends.push(() => rmSync(folder, { recursive: true, force: true }))
  const signingKey = makeSigningKey('programme-1')
  mkdirSync(join(folder, 'secrets'))
  writeFileSync(join(folder, 'secrets/pepper'), 'the secret of the club\n')
  writeFileSync(join(folder, 'secrets/token-key'), `${'k'.repeat(43)}\n`)
  writeFileSync(join(folder, 'secrets/sealing.json'), JSON.stringify(makeSealingKey('seal-1')))
  writeFileSync(join(folder, 'secrets/programme.json'), JSON.stringify(signingKey))
  const [boxesPort, clubPort] = [await freePort(), await freePort()]
  const file = join(folder, 'club.yaml')
  writeFileSync(
    file,
    stringify({
      club: 'demo',
      trust: { names: ['localhost', '127.0.0.1'], listen: { port: boxesPort }, enrolment: { port: 0 } },
      ...(kind === 'embedded' ? { listen: { port: 0 } } : { broker: { mosquitto: { url: `mqtts://127.0.0.1:${clubPort}` } } }),
      database: 'club.sqlite',
      pepperFile: 'secrets/pepper',
      sealingKeyFile: 'secrets/sealing.json',
      programmeKeyFile: 'secrets/programme.json',
      tokenKey: { keyid: 'k1', secretFile: 'secrets/token-key' },
      stores: stores.map((store) => ({ store })),
    }),
  )
  const config = readClubConfig(file)
  const clock = { now: Date.now() }
  const runtime: Runtime = { ...systemRuntime, now: () => clock.now }
  await initTrust(join(folder, 'trust'), { club: 'demo', now: clock.now })
  const mosquitto = kind === 'mosquitto' ? await startMosquittoFor(folder, file) : undefined
  if (mosquitto) ends.push(() => mosquitto.stop())
  const start = () => startClub({ config, runtime, log: silentLogger })
  let club = await start()
  let open = true
  const endClub = async () => {
    if (open) await club.close()
    open = false
  }
  ends.push(endClub)

  const desk = async () => {
    const control = await reachControl(config.control)
    if (!control) throw new Error('the club does not hold its socket')
    ends.push(() => control.close())
    return control
  }
  const code = async (store = 's1', minutes = 60) => (await (await desk()).newCode({ store, minutes, by: 'test' })).code
  const url = () => new URL(`https://127.0.0.1:${club.trust?.enrolmentPort}`)
  return {
    ...{ kind, folder, clock, signingKey, boxesPort, clubPort, mosquitto, desk, code },
    get club() {
      return club
    },
    get url() {
      return url()
    },
    enrol: async (store) => enrolBox({ code: await code(store), club: url() }),
    authority: () => openAuthority(readAuthority(join(folder, 'trust'))),
    async login(identity, options = {}) {
      const line = await login(boxesPort, identity, options)
      ends.push(() => line.client.end(true))
      return line
    },
    async restartBroker() {
      if (mosquitto) return mosquitto.restart()
      await endClub()
      club = await start()
      open = true
    },
    async takeOver() {
      await endClub()
      if (!config.trust) throw new Error('a club without an authority')
      const log = silentLogger
      const trust = await openTrust({ ...trustPlace(config, config.trust), isStore: () => true, runtime, log })
      const broker = mosquitto
        ? await reachMosquitto({
            ...{ club: 'demo', stores, url: config.broker?.mosquitto.url ?? '', trust, boxesPort },
            ...{ onConnected: () => {}, runtime, log },
          })
        : await startEmbeddedBroker({
            ...{ club: 'demo', secrets: new Map(stores.map((store) => [store, undefined])), limits: config.limits, log },
            ...{ listen: { host: '127.0.0.1', port: 0 }, trust: { trust, listen: config.trust.listen } },
            ...{ onRefused: () => {}, onConnected: () => {} },
          })
      ends.push(() => trust.close())
      ends.push(() => broker.close())
      return broker
    },
    async startBox(identity) {
      const home = join(folder, identity.store)
      writeIdentity(join(home, 'identity'), identity)
      writeFileSync(join(home, 'token-key'), identity.tokenKey.secret)
      const port = await freePort()
      const gateway = await startGateway({
        config: gatewayConfig.parse({
          store: identity.store,
          club: { name: 'demo', url: `mqtts://127.0.0.1:${identity.brokerPort}`, identity: 'identity' },
          tokenKey: { keyid: identity.tokenKey.keyid, secretFile: 'token-key' },
          programmeKeys: identity.programmeKeys,
          database: 'gateway.sqlite',
          lanes: [{ lane: 'lane-1' }],
          devices: [{ device: 'till', lane: 'lane-1', driver: 'till-tcp', options: { port } }],
        }),
        configFile: join(home, 'gateway.yaml'),
        runtime: systemRuntime,
        log: silentLogger,
      })
      ends.push(() => gateway.close())
      const till = await connectTillWhenThere({ port })
      ends.push(() => till.close())
      return {
        gateway,
        till,
        async sell(total) {
          const { saleid, payable } = await openSale(till, total)
          const tenders = [{ kind: 'cash' as const, amount: payable }]
          return till.request({ op: 'complete', saleid, tenders }, { until: 'result' })
        },
      }
    },
    async close() {
      for (const end of ends.reverse()) await end()
    },
  }
}

async function startMosquittoFor(folder: string, clubYaml: string): Promise<PrivateMosquitto> {
  const command = startVafa(['club', 'broker-config', 'mosquitto', '--out', join(folder, 'mosquitto'), '-c', clubYaml])
  if ((await command.ended) !== 0) throw new Error(command.output())
  return startPrivateMosquitto(join(folder, 'mosquitto'))
}

/** A box's line, by MQTT over TLS; resolves with why it was refused, or with the client. */
export async function login(port: number, identity: Partial<BoxIdentity>, options: object = {}): Promise<Login> {
  const client = mqtt.connect(`mqtts://127.0.0.1:${port}`, {
    ...{ reconnectPeriod: 0, clientId: 's1', connectTimeout: 5_000 },
    ...(identity.certificate === undefined ? {} : { cert: identity.certificate }),
    ...(identity.privateKey === undefined ? {} : { key: identity.privateKey }),
    ...(identity.authority === undefined ? {} : { ca: identity.authority }),
    ...options,
  })
  const outcome = await new Promise<string>((resolve) => {
    client.once('connect', () => resolve('in'))
    client.once('error', (error) => resolve(error.message))
    client.once('close', () => resolve('closed'))
  })
  return { client, outcome }
}

/** What comes to a client from now on. */
export function heardBy(client: MqttClient): { topic: string; text: string }[] {
  const heard: { topic: string; text: string }[] = []
  client.on('message', (topic, payload) => heard.push({ topic, text: payload.toString() }))
  return heard
}
