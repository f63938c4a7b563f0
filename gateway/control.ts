import type { DeviceHealth } from '#protocol/state.ts'
import { type Control, holdSocket, reachSocket } from '#runtime/control-socket.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { SensorReport } from './fingers/fingers.ts'

/** How the running gateway finds things; what `vafa doctor` asks first. */
export interface GatewayStanding {
  version: string
  /** Whether the club answers. */
  online: boolean
  /** What is wrong with the box as a whole; nothing where it can do all its work. */
  troubles: readonly string[]
  /** Why the line to the club does not hold, where that is more than a club that is away. */
  trouble?: string
  backlog: { count: number; bytes: number; oldest?: string }
  /** The club's clock less the box's, milliseconds; undefined until it was measured. */
  skewMs?: number
  devices: DeviceHealth[]
}

/** What a store's technician asks and does on the box itself; whoever may write its database may reach it. */
export interface OperatedGateway {
  standing(): Promise<GatewayStanding>
  /** A code with which a browser is paired with a lane; `forget`: those that were paired before are so no more. */
  pairPage(asked: {
    lane: string
    forget: boolean
  }): Promise<{ code: string; untilMs: number; host: string; port: number; tls: boolean }>
  fingers(): Promise<SensorReport[]>
  keepFingers(device: string): Promise<{ kept: number; deleted: number; forgotten: number }>
  emptyFingers(device: string): Promise<void>
}

const controlAt = (path: string): Control<OperatedGateway> => ({
  path,
  operations: ['standing', 'pairPage', 'fingers', 'keepFingers', 'emptyFingers'],
  daemon: 'gateway',
  taken: {
    message: `another gateway works on this store: it holds ${path}`,
    hint: 'two would take one another’s devices; stop one of them',
  },
})

/** Serves the box's operator. A box whose socket cannot be made sells all the same: the reason is logged. */
export async function serveOperator(path: string, operated: OperatedGateway, log: Logger): Promise<{ close(): Promise<void> }> {
  try {
    const control = await holdSocket(controlAt(path))
    control.serve(operated)
    return control
  } catch (error) {
    log.error({ reason: messageOf(error) }, 'no socket for the operator: `vafa fingers` does not reach this gateway')
    return { close: async () => {} }
  }
}

/** The gateway that runs; undefined where none holds the socket. */
export const reachGateway = (path: string) => reachSocket(controlAt(path))
