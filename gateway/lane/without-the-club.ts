import { mostBy, redeemable } from '#programme/redemption.ts'
import type { Programme } from '#programme/schema.ts'
import type { Credential } from '#protocol/credentials.ts'
import type { MessageData, RequestType } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { type Answering, presentedAlone, quotedAlone } from '../regulars/alone.ts'
import type { Intent, LaneEffect } from './inputs.ts'
import type { LaneSetup } from './state.ts'
import type { LaneWorld } from './world.ts'

interface Place {
  setup: LaneSetup
  world: LaneWorld
}

/** What of a member's credit the programme lets be spent, of so much that is there. */
const allowedOf = ({ redemption }: Programme, balance: number): number =>
  redeemable({ programme: { redemption: redemption && { ...redemption, atMostShare: undefined } }, balance, total: balance })

/** Credit that may be spent by what was shown while the club is away, beside `gifts`; what `saleid` has taken of it included. */
export function usableCredit(
  shown: Credential,
  { regulars, programme, saleid, gifts }: Pick<LaneWorld, 'regulars'> & { programme: Programme; saleid?: string; gifts: number },
): number {
  const there = regulars.spendable(shown, saleid)
  return allowedOf(programme, Math.max(0, Math.min(there.credit, mostBy(programme, shown), there.together - gifts)))
}

/** What a lane decides with when the club does not answer; undefined where the box has no programme of the lane's currency. */
function aloneAt({ setup, world }: Place, at: string): Omit<Answering, 'usable'> | undefined {
  const programme = world.programmeFor(at)
  if (programme?.currency !== setup.currency) return undefined
  const { moneyShown } = setup
  return { programme, products: world.products(), place: { store: world.store, lane: setup.lane }, moneyShown, at }
}

/**
 * The box's own answer to what the club was to be asked; undefined where it does not know who that is, or lacks the rules.
 * What a quote gives is on disk, taken from the member's allowance, when this returns.
 */
export function answerAlone(asked: Extract<LaneEffect, { kind: 'ask-alone' }>, place: Place): Reply | undefined {
  const { world, setup } = place
  const { regulars } = world
  const rules = aloneAt(place, new Date(world.now()).toISOString())
  if (asked.type === 'vafa.credential.presented.v1') {
    const { credential } = asked.data
    const regular = regulars.find(credential)
    const usable = () => (rules ? usableCredit(credential, { regulars, ...rules, gifts: 0 }) : 0)
    return regular && rules && presentedAlone(regular, { ...rules, usable })
  }
  const { saleid, member: shown, total, lines } = asked.data
  const regular = shown && regulars.find(shown)
  if (!shown || !regular || !rules) {
    regulars.giveBack(saleid, 'gifts')
    return undefined
  }
  const { gifts, together } = regulars.spendable(shown, saleid)
  const spending = regulars.taken(saleid)?.credit ?? 0
  const most = setup.mode === 'live' ? Math.min(gifts, Math.max(0, together - spending)) : 0
  const alone = { ...rules, usable: (discount: number) => usableCredit(shown, { regulars, ...rules, saleid, gifts: discount }) }
  const quote = quotedAlone(regular, alone, { total, lines, atMost: most })
  const { discount } = quote.quote
  if (discount > 0 && regulars.take({ saleid, shown, gifts: discount })) return quote
  regulars.giveBack(saleid, 'gifts')
  return discount === 0 ? quote : quotedAlone(regular, alone, { total, lines, atMost: 0 })
}

/** Takes credit for a sale from the member's allowance; how much, or undefined where it may not be spent here and now. */
export function takeCreditAlone({ saleid, member, amount, capture }: Intent, { world, setup }: Place): number | undefined {
  const { regulars } = world
  const programme = world.programmeFor(new Date(world.now()).toISOString())
  if (programme?.currency !== setup.currency) return undefined
  const least = capture === 'whole' ? amount : 1
  const gifts = regulars.taken(saleid)?.gifts ?? 0
  const allowed = allowedOf(programme, Math.min(amount, usableCredit(member, { regulars, programme, saleid, gifts })))
  if (allowed < least) return undefined
  return regulars.take({ saleid, shown: member, credit: allowed }) ? allowed : undefined
}

type Commit = Extract<LaneEffect, { kind: 'commit' }>

/** What is about to be written; a sale says what of it is given out of an allowance. */
export function withAllowance(effect: Commit, { regulars }: Pick<LaneWorld, 'regulars'>): Commit {
  if (effect.type !== 'vafa.sale.completed.v1') return effect
  const { saleid, redemption, applied } = effect.data
  const taken = regulars.taken(saleid)
  if (!taken || taken.spent) return effect
  const credit = Math.min(taken.credit, redemption?.amount ?? 0)
  const discount = applied.reduce((sum, one) => sum + one.amount, 0)
  const gifts = Math.min(taken.gifts, discount)
  if (credit + gifts === 0) return effect
  return { ...effect, data: { ...effect.data, allowance: { serial: taken.serial, credit, gifts } } }
}

/** Before the club is asked to hold credit, the box gives up what it was lent of the same member's: then the club has all of it. */
export function withReturned<T extends RequestType>(type: T, data: MessageData<T>, { regulars }: Pick<LaneWorld, 'regulars'>) {
  if (type !== 'vafa.redemption.reserved.v1') return data
  const reserved = data as MessageData<'vafa.redemption.reserved.v1'>
  const returned = regulars.giveUp(reserved.redemptionid, reserved.member)
  return (returned ? { ...reserved, returned } : reserved) as MessageData<T>
}
