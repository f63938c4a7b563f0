import type { LaneCustomer, LaneSale, LaneScreen } from '#protocol/lane.ts'
import type { Localised } from '#protocol/text.ts'
import { questionOf } from './draft.ts'
import type { Customer, LaneSetup, LaneState, Phase } from './state.ts'

const same = (id: string): Localised => ({ fa: id, en: id })

/** What may be shown at the lane of its state. */
export function screenOf(
  { lane, kind, mode }: LaneSetup,
  { phase, uplink, shown, customer, cashier }: LaneState,
  /** What the programme calls a tier. */
  nameOfTier: (id: string) => Localised = same,
): LaneScreen {
  const sale = saleIn(phase)
  return {
    lane,
    ...(kind === 'checkout' ? {} : { kind }),
    state: phase.at,
    mode,
    uplink,
    ...(shown.display ? { display: shown.display } : {}),
    prompts: [...shown.prompts],
    ...(questionOf(phase) ? { asking: true } : {}),
    ...(customer ? { customer: customerOf(customer, nameOfTier) } : {}),
    ...(sale ? { sale } : {}),
    ...(cashier ? { operator: cashier.operator } : {}),
    ...(shown.error ? { error: shown.error } : {}),
  }
}

/** Of the member's number the last four digits, as on receipts. */
function customerOf(
  { credential, member, balances = [], offers, account, decidedBy }: Customer,
  nameOfTier: (id: string) => Localised,
): LaneCustomer {
  return {
    via: credential.kind,
    ...(member?.displayName === undefined ? {} : { name: member.displayName }),
    ...(member ? { number: member.number.slice(-4), visits: member.visits } : {}),
    ...(member?.tier === undefined ? {} : { tier: nameOfTier(member.tier) }),
    balances,
    ...(offers ? { offers } : {}),
    ...(account ? { account } : {}),
    decidedBy,
  }
}

function saleIn(phase: Phase): LaneSale | undefined {
  if (phase.at !== 'open' && phase.at !== 'quoted' && phase.at !== 'tendering') return undefined
  const { saleid, basket } = phase.sale
  const { tillreceipt, total } = basket
  if (phase.at === 'open') return { saleid, tillreceipt, total, discount: 0, redeemed: 0, payable: total, effects: [] }
  const { discount, redemption, payable, effects, offers, decidedBy } = phase.quote
  const redeemed = redemption?.amount ?? 0
  return {
    ...{ saleid, tillreceipt, total, discount, redeemed, payable, effects, decidedBy },
    ...(offers ? { offers } : {}),
  }
}
