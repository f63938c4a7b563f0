import { z } from 'zod'
import { unitName } from '#protocol/effects.ts'
import { idOf, keyed, range, word, wordList } from './vocabulary.ts'

/** Conditions about who the member is and what the club knows of them. */
export const balanceOf = keyed('part of a balance', {
  name: unitName,
  from: z.int().min(0).optional(),
  to: z.int().min(0).optional(),
}).refine((r) => r.from !== undefined || r.to !== undefined, 'needs `from` or `to`')

/** Days around a day that comes back every year; without any, the day itself. */
const around = keyed('end of a window', {
  before: z.int().min(0).max(180).optional(),
  after: z.int().min(0).max(180).optional(),
})

const times = z.int().min(1).max(1_000)

/** So many visits within so many days, or in each of so many weeks or months one after another. */
const streak = keyed('part of a streak', {
  visits: times.optional(),
  days: z.int().min(1).max(3_650).optional(),
  weeks: times.max(520).optional(),
  months: times.max(120).optional(),
})
  .refine(({ visits, days }) => (visits === undefined) === (days === undefined), '`visits` and `days` belong together')
  .refine(
    ({ visits, weeks, months }) => [visits, weeks, months].filter((one) => one !== undefined).length === 1,
    'needs one of `visits` with `days`, `weeks` and `months`',
  )
export type Streak = z.infer<typeof streak>

const custom = keyed('part of a field', {
  field: z.string().min(1).max(60),
  is: z
    .array(z.union([z.string().max(200), z.number(), z.boolean()]))
    .min(1)
    .max(1_000)
    .optional()
    .meta({ description: 'one of these values' }),
  from: z.number().optional(),
  to: z.number().optional(),
})
  .refine(
    ({ is, from, to }) => (is === undefined) !== (from === undefined && to === undefined),
    'needs either `is`, or `from` or `to`',
  )
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, '`from` is above `to`')
export type CustomField = z.infer<typeof custom>

export const sexes = ['female', 'male', 'other'] as const

export const memberConditions = {
  tier: z.array(idOf(40)).min(1).optional().meta({ description: 'the member is in one of these tiers' }),
  segment: wordList.optional().meta({ description: 'the member is in one of these segments' }),
  age: range(0).optional().meta({ description: "whole years, by the birthday's own calendar" }),
  sex: z.array(word('sex', sexes)).min(1).optional(),
  area: wordList.optional().meta({ description: 'the member lives in one of these' }),
  education: wordList.optional(),
  birthday: around.optional().meta({ description: 'days around the birthday; {} is the day itself' }),
  anniversary: around.optional().meta({ description: 'days around the day of signing up, in the Jalali calendar' }),
  streak: streak.optional(),
  referred: z.boolean().optional().meta({ description: 'whether a friend brought the member in' }),
  friends: range(0).optional().meta({ description: 'how many friends whom the member brought in have bought something' }),
  survey: wordList.optional().meta({ description: 'one of these was answered; on `survey-answered`: just now' }),
  profile: wordList.optional().meta({ description: 'all these fields of the profile are filled in' }),
  custom: custom.optional().meta({ description: "a field of the club's own has one of these values, or lies in a range" }),
  coupon: z.array(unitName).min(1).optional().meta({ description: 'the member holds a coupon of one of these names' }),
}

const shape = z.object(memberConditions)
export type MemberConditions = z.infer<typeof shape>
