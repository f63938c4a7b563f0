import { redeemable } from '#programme/redemption.ts'
import type { Credential, RawCredential } from '#protocol/credentials.ts'
import type { TillRequest } from '#protocol/lane.ts'
import type { FingerRequest } from '../fingers/enrolling.ts'
import { knownTo, saleKeyOf, totalsOf } from './disk.ts'
import type { AsideRequest, AttendedRequest, LaneRequest, TillInput } from './inputs.ts'
import type { LaneSetup, LaneState } from './state.ts'
import type { LaneWorld } from './world.ts'

type OfLane = Exclude<TillRequest, { op: 'present' } | AsideRequest | AttendedRequest | FingerRequest>

/** Requests that may make something with an id of its own. */
export const makesSomething: ReadonlySet<LaneRequest['op']> = new Set([
  'open',
  'record',
  'redeem',
  'return',
  'claim',
  'close-day',
  'enrol',
])

/** What a till has read itself. Whoever signs up with a mobile can show it from then on. */
export function rawCredentialsOf(request: OfLane): RawCredential[] {
  if (request.op === 'enrol') {
    const { credentials = [], profile } = request
    return [...credentials, ...(profile.mobile === undefined ? [] : [{ kind: 'phone' as const, value: profile.mobile }])]
  }
  return 'credential' in request && request.credential ? [request.credential] : []
}

export function withoutCredentials(request: OfLane): LaneRequest {
  const { credential: _, credentials: __, ...rest } = { credential: undefined, credentials: undefined, ...request }
  return rest as LaneRequest
}

/** A request with what the machine must know for it: from the disk, the programme and the clock. */
export function tillInput(options: {
  request: LaneRequest
  shown: readonly Credential[]
  device: string
  fresh: string
  state: LaneState
  setup: LaneSetup
  world: LaneWorld
}): TillInput {
  const { request, shown, device, fresh, state, setup, world } = options
  const businessdate = world.businessDate()
  const input: TillInput = { kind: 'till', request, device, fresh, businessdate, shown, known: knownTo(world, request, state) }
  if (request.op === 'return' || request.op === 'claim') {
    const saleKey = saleKeyOf(world, { saleid: 'saleid' in request ? request.saleid : undefined, reference: request.reference })
    return saleKey === undefined ? input : { ...input, saleKey }
  }
  if (request.op === 'close-day' && !request.totals) {
    const day = { lane: setup.lane, businessdate: request.businessdate ?? businessdate, civilDateOf: world.civilDateOf }
    const { sales, total, discount, reversed } = totalsOf(world, day)
    return { ...input, totals: { sales, total, discount, reversed } }
  }
  const { phase } = state
  if (request.op === 'redeem' && phase.at === 'quoted') {
    const programme = world.programmeFor(new Date(world.now()).toISOString(), phase.quote.programmeVersion)
    const due = phase.quote.total - phase.quote.discount
    return programme ? { ...input, most: redeemable({ programme, balance: due, total: due }) } : input
  }
  return input
}
