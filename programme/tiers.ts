import { z } from 'zod'
import { unitName } from '#protocol/effects.ts'
import { amount } from '#protocol/money.ts'
import { localised } from '#protocol/text.ts'
import { idOf, keyed, word } from './vocabulary.ts'

const window = keyed('kind of window', {
  days: z.int().min(1).max(3_650).optional().meta({ description: 'the last so many days of the calendar, today included' }),
  calendar: word('period', ['year', 'season', 'month']).optional().meta({ description: 'since the Jalali period began' }),
}).refine(({ days, calendar }) => (days === undefined) !== (calendar === undefined), 'needs either `days` or `calendar`')
export type TierWindow = z.infer<typeof window>

const tier = keyed('part of a tier', {
  id: idOf(40),
  name: keyed('language', { fa: localised.shape.fa, en: localised.shape.en }),
  spend: amount.min(1).optional(),
  visits: z.int().min(1).max(100_000).optional(),
  points: keyed('part of points', { name: unitName, from: amount.min(1) })
    .optional()
    .meta({ description: 'earned in the window' }),
})
export type Tier = z.infer<typeof tier>

/** What a tier asks for, in the units in which members are measured. */
export const measuresOf = ({ spend, visits, points }: Tier): Map<string, number> =>
  new Map([
    ...(spend === undefined ? [] : [['spend', spend] as const]),
    ...(visits === undefined ? [] : [['visits', visits] as const]),
    ...(points === undefined ? [] : [[`points:${points.name}`, points.from] as const]),
  ])

/** The tiers of a club, the lowest first. */
export const tiers = keyed('part of the tiers', {
  window: window.meta({ description: 'in which spending, visits and points count' }),
  grace: z.int().min(1).max(3_650).optional().meta({ description: 'days for which a tier stays that is not reached any more' }),
  downgrade: word('way down', ['drop-one', 'drop-to-earned', 'never']).meta({
    description: 'what happens then: one tier down, down to what was earned, or nothing',
  }),
  list: z.array(tier).min(1).max(20),
})
  .superRefine(({ list }, context) => {
    const least = new Map<string, number>()
    list.forEach((one, index) => {
      const wrong = (message: string) => context.addIssue({ code: 'custom', path: ['list', index], message })
      if (list.findIndex(({ id }) => id === one.id) < index) wrong(`a second tier is called ${one.id}`)
      const measures = measuresOf(one)
      if (index > 0 && measures.size === 0) wrong(`the tier ${one.id} needs \`spend\`, \`visits\` or \`points\``)
      if (index === 0 && measures.size > 0) wrong(`the lowest tier is for everyone: ${one.id} may ask for nothing`)
      for (const [name, from] of measures) {
        const before = least.get(name) ?? 0
        if (from < before) wrong(`the tier ${one.id} asks for less ${name} than a lower one: ${from}, not ${before}`)
        least.set(name, Math.max(before, from))
      }
    })
  })
  .refine(({ grace, downgrade, window: { days } }) => downgrade !== 'drop-one' || days === undefined || grace !== undefined, {
    path: ['grace'],
    message: '`drop-one` with a window of `days` needs `grace`: the days between one step down and the next',
  })
export type Tiers = z.infer<typeof tiers>
