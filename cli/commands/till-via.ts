import { readFileSync } from 'node:fs'
import { tillHttpOptions } from '#drivers/till-http/options.ts'
import type { GatewayConfig } from '#gateway/config.ts'
import { pathBeside, readSecret } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import { askLeave } from '#simulators/store/permission.ts'
import { openHttpTill } from '#simulators/till/http-till.ts'
import { connectMqttTill } from '#simulators/till/mqtt-till.ts'
import { connectTill, type TillClient } from '#simulators/till/till-client.ts'
import { readStore, tillPort } from './store-config.ts'

export type TillVia = 'tcp' | 'http' | 'mqtt'

/** A till's software at its lane, however it speaks to it. */
export type AnyTill = Pick<TillClient, 'request' | 'waitFor' | 'onMessage' | 'close'>

interface Where {
  via: TillVia
  config?: string
  till?: { host: string; port: number }
}

/**
 * Connects as the store's configuration says; `till`: where, by TCP and without a configuration. Rejects with
 * `sim.live-lane` where the lane serves customers.
 */
export async function connectTillVia(options: Where): Promise<AnyTill> {
  const till = await connectVia(options)
  try {
    await askLeave(till, 'this lane')
    return till
  } catch (error) {
    await till.close()
    throw error
  }
}

async function connectVia(options: Where): Promise<AnyTill> {
  const { via, config: file, till } = options
  if (via === 'tcp' && till) return connectTill(till)
  if (file === undefined)
    throw new VafaError({
      key: 'usage.where',
      message: `which lane? ${via === 'tcp' ? 'neither --config nor --till was given' : `--via ${via} needs --config`}`,
      hint: via === 'tcp' ? 'add -c gateway.yaml, or --till 127.0.0.1:4400' : 'add -c gateway.yaml: ports and keys stand in it',
    })
  const config = readStore(file)
  if (via === 'tcp') return connectTill(tillPort(config, file))
  return via === 'http' ? httpTill(config, file) : mqttTill(config, file)
}

async function httpTill(config: GatewayConfig, file: string): Promise<AnyTill> {
  const device = config.devices.find(({ driver }) => driver === 'till-http')
  const options = tillHttpOptions.safeParse(device?.options)
  const [till] = options.data?.tills ?? []
  if (!options.success || !till) throw nothingThere(file, 'no till-http device', 'till-http')
  const { host, port, tls } = options.data
  const client = openHttpTill({
    host: reachable(host),
    port,
    secret: readSecret(pathBeside(file, till.secretFile), `the key of ${till.till}`),
    // What the box shows is its own authority where nobody else has signed it.
    ...(tls ? { tls: { ca: readFileSync(pathBeside(file, tls.certFile), 'utf8') } } : {}),
  })
  await client.listening
  return client
}

async function mqttTill(config: GatewayConfig, file: string): Promise<AnyTill> {
  const lane = config.lanes.find(({ secretFile }) => secretFile !== undefined)
  const { localBroker } = config
  if (!localBroker || lane?.secretFile === undefined)
    throw nothingThere(file, 'no localBroker, or no lane with a secretFile', 'till-mqtt')
  const { host, port, tls } = localBroker
  return connectMqttTill({
    host: reachable(host),
    port,
    club: config.club.name,
    store: config.store,
    lane: lane.lane,
    password: readSecret(pathBeside(file, lane.secretFile), `the password of ${lane.lane}`),
    suffix: 'sim',
    ...(tls ? { ca: readFileSync(pathBeside(file, tls.certFile), 'utf8') } : {}),
  })
}

/** An address that stands for all of the machine's is reached by its own. */
const reachable = (host: string): string => (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host)

const nothingThere = (file: string, what: string, page: string) =>
  new VafaError({
    key: 'config.no-virtual-device',
    message: `${file} has ${what}`,
    hint: `docs/devices/${page}.md shows what to write`,
  })
