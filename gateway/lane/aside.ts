import { describeError } from '#protocol/errors.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import type { Reply } from '#protocol/reply.ts'
import { totalsOf } from './disk.ts'
import type { AsideRequest } from './inputs.ts'
import { putOut } from './outputs.ts'
import type { PrintingPlace } from './receipt-on-paper.ts'
import { reprint } from './reprinting.ts'
import type { LaneWorld } from './runner.ts'
import type { LaneSetup } from './state.ts'

const asideOps: readonly TillRequest['op'][] = ['reprint', 'look-up', 'totals', 'print', 'show']

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
function lookUp(options: {
  request: Extract<AsideRequest, { op: 'look-up' }>
  device: string
  setup: LaneSetup
  world: LaneWorld
}): Promise<TillResponse> {
  const { request, device, setup, world } = options
  const { id: re, reference } = request
  const { lane, budgetMs } = setup
  const error = (given: Reply['error'] = describeError('club.unavailable')): TillResponse => ({ op: 'error', re, error: given })
  if (!world.uplink.proved) return Promise.resolve(error())
  return new Promise((resolve) => {
    const cancel = world.runtime.after(budgetMs, () => {
      world.uplink.doubt()
      resolve(error())
    })
    const asked = world.envelopes.request(
      'vafa.sale.looked-up.v1',
      { reference },
      { lane, device, orderkey: reference.slice(0, 64) },
      budgetMs,
    )
    const sent = world.uplink.ask(asked, (reply) => {
      cancel()
      const { status, member, balances = [], prompts, effects, receipt } = reply
      if (status !== 'accepted') return resolve(error(reply.error ?? describeError('club.failed')))
      const known = { ...(member ? { member } : {}), balances, prompts, effects, ...(receipt ? { receipt } : {}) }
      resolve({ op: 'sale', re, reference, ...known })
    })
    if (sent) return
    cancel()
    resolve(error())
  })
}
