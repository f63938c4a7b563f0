import { clubCommonName } from '#protocol/enrolment.ts'
import { parseStoreTopic, prefixOf } from '#protocol/topics.ts'
import { openBrokerClient } from '#runtime/broker-client.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import { storeAccess } from '../acl.ts'
import type { Trust } from '../authority/trust.ts'
import type { ClubBroker } from './club-broker.ts'
import { clubSubscriptions } from './mosquitto-config.ts'
import { controlTopic, endSessions } from './mosquitto-sessions.ts'
import { watchPresence } from './presence.ts'

/** The club's certificate is made in memory at each start and holds a year. */
const newCertificateMs = 7 * 86_400_000

/**
 * Until Mosquitto has read the new list of revoked certificates (SIGHUP) a box whose session was ended may come back with
 * its old one: so it is ended again, milliseconds after the first time.
 */
const endAgainMs = [1_000, 5_000, 30_000]

/** A Mosquitto of head office's, with the configuration that `vafa club broker-config mosquitto` writes. */
export async function reachMosquitto(options: {
  club: string
  stores: readonly string[]
  url: string
  trust: Trust
  /** Where boxes connect to it. */
  boxesPort: number
  onConnected(store: string): void
  runtime: Runtime
  log: Logger
}): Promise<ClubBroker> {
  const { club, url, trust, runtime, log } = options
  const access = new Map(options.stores.map((store) => [store, storeAccess(club, store)]))
  const certify = () => trust.authority.certifyClub({ club, now: runtime.now() })
  let own = await certify()
  const timers = new Set<Cancel>()
  const later = (ms: number, work: () => void) => {
    const cancel = runtime.after(ms, () => {
      timers.delete(cancel)
      work()
    })
    timers.add(cancel)
  }
  const renewLater = () =>
    later(newCertificateMs, () => {
      certify()
        .then((made) => {
          own = made
        })
        .catch((error: unknown) => log.error({ reason: messageOf(error) }, 'the club’s certificate was not made anew'))
        .finally(renewLater)
    })
  renewLater()

  const presence = watchPresence({ onBack: options.onConnected })
  const client = openBrokerClient({
    url,
    clientid: clubCommonName(club),
    login: () => ({ ...own, authority: trust.authority.certificate }),
    loginHint: 'does Mosquitto run with what `vafa club broker-config mosquitto` wrote for this club?',
    subscriptions: clubSubscriptions(club),
    isAllowed(topic) {
      const store = parseStoreTopic(topic)?.store
      return store !== undefined && access.get(store)?.mayPublish(topic) === true
    },
    onDown: presence.forget,
    runtime,
    log: log.child({ part: 'broker' }),
  })
  client.subscribe(`${prefixOf(club)}/stores/+/state`, ({ topic, payload }) => {
    const store = parseStoreTopic(topic)?.store
    if (store !== undefined) presence.seen(store, payload)
  })
  const end = (store: string) => {
    presence.gone(store)
    client.publish({ topic: controlTopic, payload: endSessions(store), qos: 1 }).catch((error: unknown) => {
      log.warn({ store, reason: messageOf(error) }, 'the sessions of a revoked box could not be ended now')
    })
  }
  return {
    ports: [Number(new URL(url).port || 8883), options.boxesPort],
    publish: client.publish,
    subscribe: client.subscribe,
    clients: presence.connected,
    revoked({ store, serials }) {
      if (serials.length === 0) return
      end(store)
      for (const ms of endAgainMs) later(ms, () => end(store))
    },
    renewed() {
      // Its file is Mosquitto's to read: `trust` has written it.
    },
    async close() {
      for (const cancel of timers) cancel()
      await client.close()
    },
  }
}
