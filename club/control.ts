import { type Control, holdSocket, reachSocket } from '#runtime/control-socket.ts'
import type { TrustDesk } from './authority/trust.ts'
import type { CommandDesk } from './commanding.ts'
import type { ConfigurationDesk } from './fleet/configurations.ts'
import type { UpdateDesk } from './fleet/updates.ts'
import type { ClubStore } from './store/store.ts'
import type { TokenKeyDesk } from './token-keys/token-key-desk.ts'

/** What the club's operator asks and does on the club's own machine. */
export type OperatedBooks = Pick<ClubStore, (typeof bookOperations)[number]>
export type Operated = OperatedBooks & TrustDesk & CommandDesk & ConfigurationDesk & UpdateDesk & TokenKeyDesk

const bookOperations = [
  'quarantine',
  'quarantined',
  'release',
  'dropQuarantined',
  'dayCloses',
  'audit',
  'totals',
  'act',
  'person',
  'candidates',
  'household',
  'stock',
  'products',
  'members',
  'sales',
  'transfers',
  'responses',
  'withheldMessages',
  'alerts',
  'codesToSend',
  'exposure',
  'writeOffBox',
] as const
const tokenKeyOperations = ['rotateTokenKey', 'retireTokenKey', 'tokenKeys'] as const
const fleetOperations = [
  'pushConfiguration',
  'rollBackConfiguration',
  'configurations',
  'startUpdate',
  'update',
  'haltUpdate',
  'resumeUpdate',
] as const
const operations = [
  ...bookOperations,
  'newCode',
  'boxes',
  'revoke',
  'command',
  ...fleetOperations,
  ...tokenKeyOperations,
] as const satisfies readonly (keyof Operated)[]

const controlAt = (path: string): Control<Operated> => ({
  path,
  operations,
  daemon: 'club',
  taken: {
    message: `another process works on these books: it holds ${path}`,
    hint: 'two would spoil them; stop the other one first',
  },
})

/**
 * Takes the socket by which the operator reaches the books, and with it the right to write them. Rejects with
 * `club.running` where another process holds it.
 */
export const holdControl = (path: string) => holdSocket(controlAt(path))

/** The books of a club that runs; undefined where none holds the socket. */
export const reachControl = (path: string) => reachSocket(controlAt(path))
