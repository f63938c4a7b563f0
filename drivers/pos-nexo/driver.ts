import { readFileSync } from 'node:fs'
import { readSecret } from '#runtime/config.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import type { Connection, DeviceHost, Driver, Till } from '../contract.ts'
import { endsOnce } from '../stream/ending.ts'
import { type NexoTill, type PosNexoOptions, posNexoOptions, refuseOpenNetwork } from './options.ts'
import type { Station } from './station.ts'

/**
 * nexo Retailer 3.0 as JSON over HTTPS and WebSocket: the till's software is the Sale side, the box plays the POI
 * (docs/devices/pos-nexo.md). This end listens; what that takes loads with the first such device.
 */
export const posNexoDriver: Driver<PosNexoOptions> = {
  kind: 'pos-nexo',
  options: posNexoOptions,
  lanes: ({ tills }) => {
    const named = tills.flatMap(({ lane }) => (lane === undefined ? [] : [lane]))
    return named.length > 0 ? [...new Set(named)] : undefined
  },
  async connect(options, host): Promise<Connection> {
    refuseOpenNetwork(options)
    const secrets = readSecrets(options, host)
    const [{ openListener }, { createStation }, { createIdentification }] = await Promise.all([
      import('./listener.ts'),
      import('./station.ts'),
      import('./identity.ts'),
    ])
    const stations = new Map(
      [...new Set(options.tills.map(({ lane }) => lane))].map((lane) => [lane, createStation({ lane, host, options })]),
    )
    const stationOf = (lane: string | undefined) => stations.get(lane)
    if (host.signal.aborted) throw letGo(options)
    const listener = await openListener({
      host,
      path: options.path,
      listen: { host: options.host, port: options.port },
      tls: secrets.tls,
      identify: createIdentification(secrets.tills),
      onMessage: async (till, text, gone) => stationOf(till.lane)?.receive(till, text, gone),
      onSocket: (till, { send }) => stationOf(till.lane)?.listen(till, send) ?? (() => {}),
    }).catch((error: unknown) => {
      throw listenFault(error, options)
    })
    const ending = endsOnce(host.signal, () => listener.close())
    if (host.signal.aborted) {
      await ending.close()
      throw letGo(options)
    }
    const tills = new Map<string, Till>()
    for (const [lane, station] of stations) if (lane !== undefined) tills.set(lane, tillOf(station))
    const own = stations.get(undefined)
    return { ...ending, address: listener.address, ...(own ? { till: tillOf(own) } : { tills }) }
  },
}

const tillOf = ({ hear, notice }: Station): Till => ({ send: hear, notice })

const where = ({ host, port }: PosNexoOptions) => `nexo port ${host}:${port}`

const letGo = (options: PosNexoOptions) =>
  new VafaError({ key: 'device.let-go', message: `${where(options)}: let go before it was open`, permanent: false })

function readSecrets({ tls, tills }: PosNexoOptions, host: DeviceHost) {
  const pem = (file: string, what: string): string => {
    try {
      return readFileSync(host.beside(file), 'utf8')
    } catch (error) {
      throw new VafaError({
        key: 'device.unusable',
        message: `cannot read ${what} from ${host.beside(file)}: ${messageOf(error)}`,
        hint: 'check the path and who may read it',
        permanent: false,
        cause: error,
      })
    }
  }
  return {
    tls: tls && {
      cert: pem(tls.certFile, 'the certificate'),
      key: pem(tls.keyFile, 'the private key'),
      ...(tls.clientCaFile === undefined ? {} : { ca: pem(tls.clientCaFile, 'who signs the tills’ certificates') }),
    },
    tills: tills.map((till) => ({
      till,
      ...(till.secretFile === undefined ? {} : { key: readKey(host.beside(till.secretFile), till) }),
    })),
  }
}

const shortestKey = 32

function readKey(file: string, { saleid }: NexoTill): string {
  const key = readSecret(file, `the key of till ${saleid}`)
  if (key.length >= shortestKey) return key
  throw new VafaError({
    key: 'secret.short',
    message: `the key of till ${saleid} in ${file} has only ${key.length} characters`,
    hint: `it needs ${shortestKey} or more: \`openssl rand -base64 33\``,
  })
}

const listenHints: Record<string, [key: string, what: string, hint: string]> = {
  EADDRINUSE: ['device.busy', 'another program listens there', 'end it (`ss -ltnp` names it) or choose another `port`'],
  EADDRNOTAVAIL: ['device.absent', 'this machine does not have that address', 'check `host`; 127.0.0.1 is this machine itself'],
  ENOTFOUND: ['device.absent', 'this name has no address', 'check `host`; 127.0.0.1 is this machine itself'],
  EACCES: ['device.denied', 'this user may not listen there', 'take a port above 1023'],
}

function listenFault(error: unknown, options: PosNexoOptions): VafaError {
  const fault = listenHints[codeOf(error) ?? '']
  const [key, what, hint] = fault ?? ['device.unusable', messageOf(error), 'check `host`, `port` and the PEM files of `tls`']
  return new VafaError({ key, message: `${where(options)}: ${what}`, hint, permanent: false, cause: error })
}
