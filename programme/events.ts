import type { AppliedEffect } from '#protocol/effects.ts'
import type { BasketLine, Tender } from '#protocol/messages.ts'

/** What a rule may be about (`on`). A visit begins with a tap or a sale; the others come from the club itself. */
export const occasions = [
  'sale',
  'visit',
  'enrolled',
  'profile-completed',
  'survey-answered',
  'friend-bought',
  'birthday',
  'points-expiring',
  'credit-expiring',
] as const
export type Occasion = (typeof occasions)[number]

export type DecisionEvent =
  /** Somebody is here and has bought nothing yet: what is there to say? */
  | { kind: 'presented' }
  /** What would this basket get? Discounts are decided. */
  | { kind: 'quote'; total: number; currency: string; lines: readonly BasketLine[] }
  /** Paid. Discounts are as they were given at the till (`applied`), and no others. */
  | {
      kind: 'sale'
      total: number
      currency: string
      lines: readonly BasketLine[]
      applied: readonly AppliedEffect[]
      redeemed?: number
      /** How it was paid; rules about tenders do not fire without it. */
      tenders?: readonly Tender[]
    }
  /** A tap with no sale, which counts as a visit. */
  | { kind: 'visit' }
  | { kind: 'enrolled' }
  /** The profile has gained fields; `profileFields` of the member says which it has now. */
  | { kind: 'profile-completed' }
  /** `survey` is its name. */
  | { kind: 'survey-answered'; survey: string }
  /** A friend whom the member brought in has bought for the first time; `referral.friends` does not count that one yet. */
  | { kind: 'friend-bought' }
  | { kind: 'birthday' }
  /** So many points or so much credit is lost in `days` days if it is not used. */
  | { kind: 'points-expiring'; name: string; amount: number; days: number }
  | { kind: 'credit-expiring'; amount: number; days: number }

/** Occasions of each kind of event. A sale and a tap are visits too. */
export const occasionsOf: Readonly<Record<DecisionEvent['kind'], readonly Occasion[]>> = {
  presented: ['sale', 'visit'],
  quote: ['sale', 'visit'],
  sale: ['sale', 'visit'],
  visit: ['visit'],
  enrolled: ['enrolled'],
  'profile-completed': ['profile-completed'],
  'survey-answered': ['survey-answered'],
  'friend-bought': ['friend-bought'],
  birthday: ['birthday'],
  'points-expiring': ['points-expiring'],
  'credit-expiring': ['credit-expiring'],
}

/** Whether the member is there in person: a visit. */
export const isPresence = ({ kind }: DecisionEvent): boolean => occasionsOf[kind].includes('visit')

/** What is bought; undefined where nothing is. */
export const basketOf = (event: DecisionEvent) => (event.kind === 'quote' || event.kind === 'sale' ? event : undefined)

/** What runs out, and when; undefined for other events. */
export const expiringOf = (event: DecisionEvent) =>
  event.kind === 'points-expiring' || event.kind === 'credit-expiring' ? event : undefined
