import type { Broker } from '#runtime/broker.ts'

/** The broker between the club and its stores, whether in this process or head office's own. */
export type ClubBroker = Pick<Broker, 'publish' | 'subscribe' | 'clients' | 'close'> & {
  /** Where the club's side of it is; where boxes with certificates connect, where it has certificates. */
  readonly ports: readonly [number, number | undefined]
  /** Ends the sessions of certificates that were revoked. */
  revoked(given: { store: string; serials: readonly string[] }): void
  /** The club's own certificate was made anew. */
  renewed(): void
}
