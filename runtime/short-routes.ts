import type { Aedes, AedesPublishPacket, Client } from 'aedes'

type Done = (error?: Error | null) => void

/** aedes's own way of a message, and what it is made of (1.2.0, aedes.js). */
interface Routes {
  id: string
  counter: number
  publish(packet: AedesPublishPacket, client: Client | null, done: Done): void
  publish(packet: AedesPublishPacket, done: Done): void
  mq: { emit(packet: AedesPublishPacket & { brokerId: string; brokerCounter: number }, done: Done): void }
}

/** For brokers that share aedes's store; nobody may subscribe to it. Of the other `$SYS` it must hear that it lives itself. */
const ofClients = /^\$SYS\/[^/]+\/(?:new|disconnect)\//

/**
 * aedes asks of each message of QoS 1 who is subscribed and away, waits for the answer of its memory, matches the topic
 * once more, and tells who watches it. That is left out where it can come to nothing: for what only this process
 * reads (`isOurs`), which it has been given before, for messages of this process while nobody keeps a session, and for what
 * aedes says of clients itself, of which a box that comes is three.
 */
export function shortenRoutes(aedes: Aedes, { isOurs }: { isOurs(topic: string): boolean }): void {
  const routes = aedes as unknown as Routes
  const wholeWay = routes.publish.bind(aedes) as (packet: AedesPublishPacket, client: Client | null, done: Done) => void
  /** For ever once one has come: its session outlives it. */
  let sessionsAreKept = false
  aedes.on('client', ({ clean }) => {
    sessionsAreKept ||= !clean
  })
  const route = (packet: AedesPublishPacket, client: Client | null, done: Done): void => {
    if (ofClients.test(packet.topic)) {
      done()
    } else if (client && packet.qos < 2 && !packet.retain && isOurs(packet.topic)) {
      done()
    } else if (client || packet.retain || sessionsAreKept || packet.topic.startsWith('$')) {
      wholeWay(packet, client, done)
    } else {
      routes.counter += 1
      routes.mq.emit({ ...packet, brokerId: routes.id, brokerCounter: routes.counter }, done)
    }
  }
  routes.publish = (packet: AedesPublishPacket, client: Client | null | Done, done: Done = () => {}) =>
    typeof client === 'function' ? route(packet, null, client) : route(packet, client, done)
}
