import { z } from 'zod'
import { balance } from '../effects.ts'
import { id, instant } from '../ids.ts'
import { consent, memberProfile } from '../messages.ts'
import { signedAmount } from '../money.ts'
import { localised } from '../text.ts'
import { request } from './ask.ts'
import { officeSale } from './stores.ts'

export const memberNumber = z.string().min(1).max(20).meta({ description: 'in any digits' })
export const why = z.string().trim().min(3).max(300).meta({ description: 'the reason, for whoever reads the audit log' })

/** What waits for somebody else's agreement. */
export const proposed = z.object({ proposalid: id })

export const memberLine = z.object({
  number: z.string(),
  displayName: z.string().optional(),
  mobile: z.string().optional().meta({ description: 'its last four digits are shown' }),
  tier: z.string().optional(),
  credit: signedAmount,
  visits: z.int(),
  lastVisitAt: instant.optional(),
  erased: z.boolean(),
})
export type MemberLine = z.infer<typeof memberLine>

export const memberTransfer = z.object({
  seq: z.int(),
  at: instant,
  kind: z.string(),
  unit: z.string(),
  amount: signedAmount.meta({ description: 'what it added to the member, below 0 what it took' }),
  ruleid: z.string(),
  eventid: z.string(),
  expiresat: instant.optional(),
})

const credential = z.object({
  kind: z.string(),
  linkedAt: instant,
  state: z.enum(['blocked', 'replaced']).optional(),
  since: instant.optional(),
  reason: z.string().optional(),
})

export const memberRecord = z.object({
  memberid: id,
  number: z.string(),
  currency: z.string(),
  profile: memberProfile,
  tier: z.string().optional(),
  enrolledAt: instant,
  enrolledIn: z.string().meta({ description: 'a store; empty for head office' }),
  erasedAt: instant.optional(),
  visits: z.int(),
  purchases: z.int(),
  lastVisitAt: instant.optional(),
  balances: z.array(balance),
  credentials: z.array(credential),
  consents: z.array(consent.extend({ at: instant, store: z.string() })),
  household: z
    .object({ head: z.string(), members: z.array(z.object({ number: z.string(), credit: signedAmount })), credit: signedAmount })
    .optional(),
  mergedMembers: z.array(id),
  reactions: z.array(
    z.object({ offerid: z.string(), answer: z.string(), store: z.string(), at: instant, operator: z.string().optional() }),
  ),
  surveys: z.array(
    z.object({ surveyid: z.string(), option: z.int(), comment: z.string().optional(), store: z.string(), at: instant }),
  ),
})
export type OfficeMember = z.infer<typeof memberRecord>

/** One line of a member's life. `detail` is for people, `data` for machines. */
export const timelineEntry = z.object({
  at: instant,
  what: z.string().meta({ description: 'a message’s type without vafa. and .v1, or `transfer`' }),
  store: z.string().meta({ description: 'empty for head office' }),
  sale: officeSale.optional(),
  transfers: z.array(memberTransfer),
  actor: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
})
export type TimelineEntry = z.infer<typeof timelineEntry>

const readers = ['administrator', 'marketer', 'store-manager', 'auditor'] as const

export const memberRequests = {
  members: request({
    kind: 'question',
    roles: [...readers, 'cashier'],
    meaning: 'finds members by their whole number, their whole mobile number, or (slowly) a part of their name',
    data: z.strictObject({ find: z.string().trim().min(2).max(60) }),
    answer: z.object({
      members: z.array(memberLine),
      whole: z.boolean().meta({ description: 'false: more are like that, or not all names were looked at' }),
    }),
  }),
  member: request({
    kind: 'question',
    roles: readers,
    meaning: 'everything that the club has of one person, personal fields opened',
    data: z.strictObject({ number: memberNumber }),
    answer: memberRecord,
  }),
  'member-timeline': request({
    kind: 'question',
    roles: readers,
    meaning: 'what happened to a member, the newest first',
    data: z.strictObject({ number: memberNumber, limit: z.int().min(1).max(1_000).default(200) }),
    answer: z.object({ entries: z.array(timelineEntry), whole: z.boolean() }),
  }),
  'member-insight': request({
    kind: 'question',
    roles: readers,
    meaning: 'what the club has found out of a member, in sentences: habits, segment, risk, next best offer',
    data: z.strictObject({ number: memberNumber }),
    answer: z.object({ words: z.array(localised) }),
  }),
  'credit-adjust': request({
    kind: 'change',
    roles: ['administrator', 'marketer', 'store-manager'],
    second: ['administrator', 'marketer'],
    meaning: 'gives a member credit, or takes some; booked when somebody else agrees',
    data: z.strictObject({
      number: memberNumber,
      amount: z
        .int()
        .min(-10_000_000_000)
        .max(10_000_000_000)
        .refine((n) => n !== 0, 'must not be 0'),
      why,
    }),
    answer: proposed,
  }),
  'member-erase': request({
    kind: 'change',
    roles: ['administrator'],
    meaning: 'forgets a person: what is personal cannot be read any more, also not by us; amounts stay',
    data: z
      .strictObject({ number: memberNumber, again: memberNumber, why })
      .refine((given) => given.number === given.again, { path: ['again'], error: 'must be the same number once more' }),
    answer: z.object({ number: z.string() }),
  }),
} as const
