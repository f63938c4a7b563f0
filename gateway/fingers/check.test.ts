import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkSensor, type ExpectedFinger, refusalText } from './check.ts'

const epoch = '019a5b2c-7d3e-7f00-8a11-0123456789ab'
const used = (...slots: number[]) => new Set(slots)
const stored = (slot: number): ExpectedFinger => ({ slot, state: 'stored' })

describe('a sensor’s library', () => {
  test('that is empty and nobody’s is taken into use, also one of another box', () => {
    expect(checkSensor({ epoch: undefined, used: used() }, undefined)).toEqual({ is: 'fresh' })
    expect(checkSensor({ epoch, used: used() }, undefined)).toEqual({ is: 'fresh' })
  })

  test('with fingers that this box does not know is not', () => {
    expect(checkSensor({ epoch: undefined, used: used(1) }, undefined)).toEqual({ is: 'refused', why: 'foreign' })
    expect(checkSensor({ epoch, used: used(1) }, undefined)).toEqual({ is: 'refused', why: 'foreign' })
  })

  test('that differs by one finger is not, and it is said by which', () => {
    const verdict = checkSensor({ epoch, used: used(0, 2) }, [stored(0), stored(1)])
    expect(verdict).toEqual({ is: 'refused', why: 'differs', missing: [1], extra: [2] })
    if (verdict.is === 'refused')
      expect(refusalText('finger-1', verdict)).toBe(
        '1 of the fingers that this box knows are gone, 1 are there that this box did not put there: `vafa fingers keep finger-1` goes on with those that both know, `vafa fingers empty finger-1` begins anew',
      )
  })

  test('in the middle of an enrolment or a deletion is cleared of it, whichever way the power went', () => {
    const expected: ExpectedFinger[] = [stored(0), { slot: 1, state: 'storing' }, { slot: 2, state: 'deleting' }]
    expect(checkSensor({ epoch, used: used(0, 1) }, expected)).toEqual({ is: 'known', clear: [1], gone: [2] })
    expect(checkSensor({ epoch, used: used(0, 2) }, expected)).toEqual({ is: 'known', clear: [2], gone: [1] })
    expect(checkSensor({ epoch, used: used(0) }, expected)).toEqual({ is: 'known', clear: [], gone: [1, 2] })
  })

  test('is used only where, once cleared, it has exactly the fingers that are stored', () => {
    const finger = fc.record({
      slot: fc.integer({ min: 0, max: 9 }),
      state: fc.constantFrom<ExpectedFinger['state']>('storing', 'stored', 'deleting'),
    })
    fc.assert(
      fc.property(
        fc.uniqueArray(finger, { selector: ({ slot }) => slot }),
        fc.uniqueArray(fc.integer({ min: 0, max: 9 })),
        (expected, slots) => {
          const verdict = checkSensor({ epoch, used: new Set(slots) }, expected)
          const wanted = expected.filter(({ state }) => state === 'stored').map(({ slot }) => slot)
          const passing = expected.filter(({ state }) => state !== 'stored').map(({ slot }) => slot)
          const rest = slots.filter((slot) => !passing.includes(slot))
          expect(verdict.is === 'known').toBe(rest.length === wanted.length && rest.every((slot) => wanted.includes(slot)))
          if (verdict.is !== 'known') return
          expect(slots.filter((slot) => !verdict.clear.includes(slot)).sort()).toEqual(wanted.sort())
          expect([...verdict.clear, ...verdict.gone].sort()).toEqual(passing.sort())
        },
      ),
    )
  })
})
