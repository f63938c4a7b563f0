import { everyCondition } from './conditions.ts'
import type { MemberConditions } from './member-conditions.ts'
import type { Programme } from './schema.ts'

/** Facts about a member that cost something to load; the rest of a member's history is always there. */
export const needs = ['tier', 'personal', 'visits', 'referral', 'surveys', 'segments', 'profile', 'coupons'] as const
export type Need = (typeof needs)[number]

const needOf: Partial<Record<keyof MemberConditions, Need>> = {
  tier: 'tier',
  segment: 'segments',
  age: 'personal',
  sex: 'personal',
  area: 'personal',
  education: 'personal',
  birthday: 'personal',
  streak: 'visits',
  referred: 'referral',
  friends: 'referral',
  survey: 'surveys',
  profile: 'profile',
  custom: 'personal',
  coupon: 'coupons',
}

/**
 * What a programme asks of a member beyond the ordinary, and how many civil days of visits, this day included, it looks
 * back on.
 */
export function needsOf({ rules }: Programme): { needs: ReadonlySet<Need>; visitDays: number } {
  const found = new Set<Need>()
  let visitDays = 0
  for (const { when: whole, effects } of rules) {
    for (const { when } of everyCondition(whole)) {
      for (const [condition, need] of Object.entries(needOf))
        if (when[condition as keyof MemberConditions] !== undefined) found.add(need)
      if (when.streak) {
        const { days = 0, weeks = 0, months = 0 } = when.streak
        visitDays = Math.max(visitDays, days, weeks * 7, months * 31)
      }
    }
    for (const { kind } of effects) {
      if (kind === 'use-coupon') found.add('coupons')
      if (kind === 'tier') found.add('tier')
    }
  }
  return { needs: found, visitDays }
}
