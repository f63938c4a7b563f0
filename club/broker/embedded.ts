import { type BrokerOptions, startBroker } from '#runtime/broker.ts'
import type { BrokerLimits } from '#runtime/broker-guard.ts'
import type { Logger } from '#runtime/log.ts'
import { sameSecret } from '#runtime/secret-check.ts'
import { saidToTheClub, storeAccess } from '../acl.ts'
import type { Trust } from '../authority/trust.ts'
import type { ClubBroker } from './club-broker.ts'

/** Who is at the broker: a store's box, by its password or by a certificate (`serial`). */
interface Box {
  store: string
  secret: string | undefined
  serial: string | undefined
  mayPublish(topic: string): boolean
  maySubscribe(filter: string): boolean
}

/** The broker in the club's own process. `secrets`: store → its password, undefined for one that shows a certificate. */
export async function startEmbeddedBroker(options: {
  club: string
  secrets: ReadonlyMap<string, string | undefined>
  listen: { host: string; port: number }
  limits: Pick<BrokerLimits, 'bytesPerSecond' | 'strangersOfAddress'>
  trust: { trust: Trust; listen: { host: string; port: number } } | undefined
  /** Whether the club has time for more than each store's share; never, where it is left out. */
  atLeisure?: () => boolean
  onRefused(): void
  onConnected(store: string): void
  log: Logger
}): Promise<ClubBroker> {
  const { club, listen, limits, log, trust: trusted } = options
  const boxes = new Map(
    [...options.secrets].map(([store, secret]): [string, Box] => [
      store,
      { store, secret, serial: undefined, ...storeAccess(club, store) },
    ]),
  )
  const tlsOf = (trust: Trust) => {
    const { certificate, privateKey } = trust.server()
    return { certificate, privateKey, authority: trust.authority.certificate, ticketKeys: trust.ticketKeys() }
  }
  const address = ({ host, port }: { host: string; port: number }): BrokerOptions<Box>['listen'][number] => ({ host, port })
  const broker = await startBroker<Box>({
    listen: [address(listen), ...(trusted ? [{ ...address(trusted.listen), tls: tlsOf(trusted.trust) }] : [])],
    authenticate(username, password) {
      const box = boxes.get(username)
      return box?.secret !== undefined && sameSecret(password, box.secret) ? box : undefined
    },
    identify(certificate) {
      const shown = trusted?.trust.boxOf(certificate)
      const box = shown && boxes.get(shown.store)
      return box && { identity: { ...box, serial: shown.serial }, name: box.store }
    },
    limits: { ...limits, bytesAtOnce: limits.bytesPerSecond * 2 },
    mayPublish: (box, topic) => box.mayPublish(topic),
    maySubscribe: (box, filter) => box.maySubscribe(filter),
    atLeisure: options.atLeisure,
    isOurs: saidToTheClub(club),
    onRefused: options.onRefused,
    onClient({ kind, clientid, identity: { store, serial } }) {
      log.info({ store, client: clientid, ...(serial === undefined ? {} : { serial }) }, `box ${kind}`)
      if (kind === 'connected') options.onConnected(store)
    },
    log,
  })
  const { publish, subscribe, clients, close } = broker
  const [port = listen.port, trustedPort] = broker.ports
  return {
    ...{ publish, subscribe, clients, close },
    ports: [port, trustedPort],
    revoked({ serials }) {
      broker.disconnectAll(({ serial }) => serial !== undefined && serials.includes(serial))
    },
    renewed() {
      if (trusted) broker.useTls(tlsOf(trusted.trust))
    },
  }
}
