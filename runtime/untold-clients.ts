import type { Aedes } from 'aedes'

type Publish = (packet: { topic: string }, ...rest: unknown[]) => void

/** What aedes says of itself to brokers that share its store: there are none, but it needs the first to know that it lives itself. */
const ofClients = /^\$SYS\/[^/]+\/(?:new|disconnect)\//

/**
 * aedes tells each client's coming, going and subscriptions below `$SYS`, where nobody may listen here: each costs as much as
 * a message, and a box that comes is three of them.
 */
export function leaveClientsUntold(aedes: Aedes): void {
  const broker = aedes as unknown as { publish: Publish }
  const publish = broker.publish.bind(aedes)
  broker.publish = (packet, ...rest) => {
    if (!ofClients.test(packet.topic)) return publish(packet, ...rest)
    const done = rest.at(-1)
    if (typeof done === 'function') done()
  }
}
