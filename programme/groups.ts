import { z } from 'zod'
import { amount } from '#protocol/money.ts'
import { idOf, keyed, word } from './vocabulary.ts'

/** How the rules of a group stand beside one another. A group that is not named here is exclusive. */
export const group = keyed('part of a group', {
  id: idOf(40),
  mode: word('mode', ['exclusive', 'cumulative']).meta({
    description: 'exclusive: only the first rule that matches applies; cumulative: all that match',
  }),
  atMost: amount.min(1).optional().meta({ description: 'of credit and discounts of all its rules for one purchase' }),
  order: z.int().optional().meta({ description: 'when its rules are tried, among the rules and groups; else each by its own' }),
})
export type Group = z.infer<typeof group>
