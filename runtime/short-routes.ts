import type { Aedes, AedesPublishPacket, Client } from 'aedes'

type Done = (error?: Error | null) => void

/** aedes's own way of a message, and what it is made of (1.2.0, aedes.js). */
interface Routes {
  id: string
  counter: number
  publish(packet: AedesPublishPacket, client: Client | null | Done, done?: Done): void
  persistence: { storeRetained(packet: AedesPublishPacket): Promise<void> }
  mq: { emit(packet: AedesPublishPacket & { brokerId: string; brokerCounter: number }, done: Done): void }
}

/** For brokers that share aedes's store; nobody may subscribe to it. Of the other `$SYS` it must hear that it lives itself. */
const ofClients = /^\$SYS\/[^/]+\/(?:new|disconnect)\//

/**
 * aedes asks of each message of QoS 1 who is subscribed and away, waits for the answer of its own memory, and then looks
 * for who is there. That is left out where it can come to nothing: for what only this process reads (`isOurs`), which has
 * been given to it before, for messages of this process while nobody keeps a session, which stay in their order, and for
 * what aedes says of clients itself, of which a box that comes is three. It is an eighth of the broker's time for a fact
 * and its reply.
 */
export function shortenRoutes(aedes: Aedes, { isOurs }: { isOurs(topic: string): boolean }): void {
  const routes = aedes as unknown as Routes
  const wholeWay = routes.publish.bind(aedes)
  /** For ever once one has come: its session outlives it. */
  let sessionsAreKept = false
  aedes.on('client', ({ clean }) => {
    sessionsAreKept ||= !clean
  })

  const fromClient = (packet: AedesPublishPacket, client: Client | null, done: Done): void => {
    if (client && packet.qos < 2 && !packet.retain && isOurs(packet.topic)) done()
    else wholeWay(packet, client, done)
  }
  const ownMessage = (packet: AedesPublishPacket, done: Done): void => {
    if (ofClients.test(packet.topic)) {
      done()
    } else if (sessionsAreKept || packet.topic.startsWith('$')) {
      wholeWay(packet, done)
    } else {
      // Kept by the time it returns (retained-topics.ts).
      if (packet.retain) void routes.persistence.storeRetained(packet)
      routes.counter += 1
      routes.mq.emit({ ...packet, brokerId: routes.id, brokerCounter: routes.counter }, done)
    }
  }
  routes.publish = (packet, client, done = () => {}) => {
    if (typeof client === 'function') ownMessage(packet, client)
    else fromClient(packet, client, done)
  }
}
