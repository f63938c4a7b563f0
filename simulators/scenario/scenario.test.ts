import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { VafaError } from '#runtime/errors.ts'
import { readScenario } from './scenario.ts'
import { fits, fitsPartly } from './sights.ts'

const read = (steps: string) => readScenario(`scenario: s\nsteps:\n${steps}`, 'f.yaml').steps

describe('a scenario', () => {
  test('may be written shortly or at length', () => {
    expect(read('  - tap: sara\n')[0]?.doing).toEqual(read('  - tap: { card: sara }\n')[0]?.doing)
    expect(read('  - sale: 1000\n    lane: lane-2\n    within: 0.5\n')[0]).toMatchObject({
      line: 3,
      lane: 'lane-2',
      within: 500,
      doing: { do: 'act', act: { do: 'sale', amount: 1_000, end: 'complete' } },
    })
    expect(read('  - reverse:\n')[0]?.doing).toEqual({ do: 'act', act: { do: 'reverse' } })
  })

  test.each([
    ['  - tap: sara\n    scan: x\n', 'two things in one step'],
    ['  - tap: { card: sara, colour: red }\n', 'a word that an act does not know'],
    ['  - sale: many\n', 'an amount that is none'],
    ['  - fault: earthquake\n', 'a fault that nothing has'],
    ['  - expect: { smell: coffee }\n', 'something that cannot be seen'],
  ])('%s is refused with its line (%s)', (steps) => {
    expect(() => read(`  - tap: sara\n${steps}`)).toThrow(/f\.yaml:4/)
  })

  test('10,000 arbitrary texts never throw anything but an error that says what is wrong', () => {
    const line = fc.constantFrom(
      '  - tap: sara',
      '  - sale: 1',
      'steps:',
      'scenario: s',
      '  - {',
      '    with: [',
      '\t',
      '- - -',
      '&a *a',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 40 }),
          fc.array(line, { maxLength: 5 }).map((lines) => lines.join('\n')),
        ),
        (text) => {
          try {
            readScenario(text, 'f.yaml')
          } catch (error) {
            if (!(error instanceof VafaError)) throw error
          }
        },
      ),
      { numRuns: 10_000 },
    )
  })
})

describe('what is seen', () => {
  const quote = {
    kind: 'answer',
    op: 'quote',
    body: { payable: 5, member: { number: '12' } },
    receipt: { fa: ['رسید'], en: ['Receipt'] },
  } as const

  test('fits in part: objects by the words that are named, lists from their beginning, texts by a pattern', () => {
    expect(fits(quote, { answer: 'quote', with: { member: { number: '/^1/' } } })).toBe(true)
    expect(fits(quote, { answer: 'quote', with: { payable: '5' } })).toBe(false)
    expect(fits(quote, { answer: 'result' })).toBe(false)
    expect(fits(quote, { receipt: 'رسید' })).toBe(true)
    expect(fitsPartly([1, 2, 3], [1, 2])).toBe(true)
    expect(fitsPartly([1], [1, 2])).toBe(false)
    expect(fitsPartly(undefined, { a: 1 })).toBe(false)
  })
})
