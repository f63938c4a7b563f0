import type { Credential } from '#protocol/credentials.ts'
import type { LaneState } from './state.ts'

/** The next thing that happens is a new customer's. */
export const isFree = ({ phase }: LaneState): boolean =>
  phase.at === 'idle' || phase.at === 'completed' || phase.at === 'cancelled'

/** Who stands at the lane, before or in a sale, and the device that said so. */
export function personAt({ phase }: LaneState): { credential: Credential; device: string } | undefined {
  if (phase.at === 'presented') return phase.who
  return 'sale' in phase && phase.sale.member ? { credential: phase.sale.member, device: phase.sale.device } : undefined
}

/** Who stands here, before, in or just after a sale, and which sale that is. */
export function whoStandsAt(state: LaneState): { credential: Credential; saleid: string | undefined } | undefined {
  const { phase, customer } = state
  const credential = personAt(state)?.credential ?? customer?.credential
  const saleid = 'sale' in phase ? phase.sale.saleid : phase.at === 'completed' ? phase.saleid : undefined
  return credential ? { credential, saleid } : undefined
}

/** A card lies here that is nobody's yet. */
export const isStrangersCard = ({ phase, shown }: LaneState): boolean =>
  phase.at === 'presented' && phase.who.credential.kind !== 'phone' && shown.error?.key === 'credential.unknown'
