import { expect, it } from 'vitest'
import { discreet } from './replies.ts'

it('says why a rule did not fire, and nothing of what a person told of himself or herself', () => {
  const failure = (condition: string, expected: string, found: string) => ({ ruleid: 'r', condition, expected, found })
  expect(
    discreet([
      failure('visit', '11 or more', '3'),
      failure('age', '25 or more', '24'),
      failure('any', 'age 25 or more, or visit 11 or more', 'age 24, visit 3'),
      failure('not', 'not (weekday friday)', 'friday'),
    ]).map((one) => one.found),
  ).toEqual(['3', 'not told here', 'not told here', 'friday'])
})
