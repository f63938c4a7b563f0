import { describeError } from '#protocol/errors.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import { askClub } from './asking.ts'
import { totalsOf } from './disk.ts'
import type { AsideRequest } from './inputs.ts'
import { lastReceipts } from './last-receipts.ts'
import { putOut } from './outputs.ts'
import type { PrintingPlace } from './receipt-on-paper.ts'
import { reprint } from './reprinting.ts'
import type { LaneSetup } from './state.ts'
import type { LaneWorld } from './world.ts'

const asideOps: readonly TillRequest['op'][] = ['reprint', 'look-up', 'totals', 'print', 'show', 'receipts', 'staff']

export const isAside = (request: TillRequest): request is AsideRequest => asideOps.includes(request.op)

export interface AsideOptions {
  request: AsideRequest
  device: string
  setup: LaneSetup
  world: LaneWorld
  place: PrintingPlace
}

/** Answers what changes no lane: a copy, a paper of the till's own, a past sale, the day's totals. Never rejects. */
export async function answerAside({ request, device, setup, world, place }: AsideOptions): Promise<TillResponse> {
  switch (request.op) {
    case 'reprint':
      return reprint({ request, setup, place })
    case 'print':
    case 'show':
      return putOut(request, place)
    case 'receipts':
      return { op: 'receipts', re: request.id, receipts: lastReceipts({ lane: setup.lane, world }) }
    case 'staff':
      return world.staff(request, setup.lane)
    case 'look-up':
      return lookUp({ request, device, setup, world })
    case 'totals': {
      const { id: re, businessdate = world.businessDate() } = request
      const { lane } = setup
      return { op: 'totals', re, businessdate, ...totalsOf(world, { lane, businessdate, civilDateOf: world.civilDateOf }) }
    }
  }
}

/** Asks the club for a past sale; only it has them all. */
async function lookUp(options: {
  request: Extract<AsideRequest, { op: 'look-up' }>
  device: string
  setup: LaneSetup
  world: LaneWorld
}): Promise<TillResponse> {
  const { request, device, setup, world } = options
  const { id: re, reference } = request
  const type = 'vafa.sale.looked-up.v1' as const
  const reply = await askClub({ type, data: { reference }, device, orderkey: reference.slice(0, 64) }, { setup, world })
  if (!reply) return { op: 'error', re, error: describeError('club.unavailable') }
  const { status, member, balances = [], prompts, effects, receipt } = reply
  if (status !== 'accepted') return { op: 'error', re, error: reply.error ?? describeError('club.failed') }
  const known = { ...(member ? { member } : {}), balances, prompts, effects, ...(receipt ? { receipt } : {}) }
  return { op: 'sale', re, reference, ...known }
}
