import type { Aedes, Client } from 'aedes'

/** Of clients that keep their session while they are away. */
const mostAbsent = 64
const mostKeptForOne = 1_000

/**
 * aedes keeps every message of QoS 1 for a client that is away with its session, without a limit and for ever. Beyond a
 * limit a client's later messages are not kept: what came first explains what it asked for itself.
 */
export function boundAbsentSessions(aedes: Aedes): void {
  const { persistence, clients } = aedes as Aedes & {
    clients: Record<string, Client | undefined>
    persistence: { outgoingEnqueueCombi(subs: { clientId: string }[], packet: unknown): Promise<void> }
  }
  const kept = new Map<string, number>()
  const enqueue = persistence.outgoingEnqueueCombi.bind(persistence)
  persistence.outgoingEnqueueCombi = (subs, packet) =>
    enqueue(
      subs.filter(({ clientId }) => {
        if (clients[clientId]) return true
        const count = kept.get(clientId) ?? 0
        if (count >= mostKeptForOne || (count === 0 && kept.size >= mostAbsent)) return false
        kept.set(clientId, count + 1)
        return true
      }),
      packet,
    )
  aedes.on('client', ({ id }) => kept.delete(id))
}
