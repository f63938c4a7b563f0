import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { effect as effectSchema } from '#protocol/effects.ts'
import { events, members, programmes } from './arbitraries.ts'
import { decide } from './decide.ts'
import { compareProgrammes } from './differences.ts'
import { basketOf, occasionsOf } from './events.ts'
import { explainProgramme } from './explain.ts'
import { explainSettings } from './explain-settings.ts'
import { countersOf } from './limits.ts'
import { parseProgramme } from './schema.ts'

const effectiveAt = '2026-11-21T10:00:00.000Z'
const scope = { memberid: 'sara', store: 's1', lane: 'lane-1', effectiveAt }
const place = { store: 's1', lane: 'lane-1' }

describe('any programme of the whole language', () => {
  it('gives whole amounts, no more than it wants, than the total and than its limits leave, and the same again', () => {
    fc.assert(
      fc.property(programmes, members, events, fc.nat(500_000), (programme, member, event, used) => {
        const counters = Object.fromEntries(
          countersOf(programme, scope).map((one) => [one, one.includes('/times/') ? used % 6 : used]),
        )
        const given = { programme, member, context: { counters }, event, place, effectiveAt }
        const decision = decide(given)
        const total = basketOf(event)?.total ?? 0
        expect(decision.payable + decision.discount).toBe(total)
        const gave = new Map<string, number>()
        for (const one of decision.effects) {
          const amounts = 'granted' in one ? [one.granted] : 'amount' in one ? [one.amount] : []
          for (const amount of amounts) expect(Number.isSafeInteger(amount) && amount >= 0).toBe(true)
          if ('desired' in one) expect(one.granted).toBeLessThanOrEqual(one.desired)
          if (one.kind === 'credit' || one.kind === 'discount') gave.set(one.ruleid, (gave.get(one.ruleid) ?? 0) + one.granted)
        }
        const ofGroup = (group: string) =>
          programme.rules.reduce((sum, one) => sum + (one.group === group ? (gave.get(one.id) ?? 0) : 0), 0)
        for (const { id, atMost: most } of programme.groups ?? [])
          if (most !== undefined) expect(ofGroup(id)).toBeLessThanOrEqual(most)
        for (const { id, limits = [] } of programme.rules)
          for (const { amount } of limits)
            if (amount !== undefined && gave.has(id)) expect((gave.get(id) ?? 0) + used).toBeLessThanOrEqual(amount)
        expect(decide(given)).toEqual(decision)
        for (const { due } of decision.messages) expect(due >= effectiveAt).toBe(true)
        // What the wire carries is what the wire's own schema takes.
        for (const one of decision.effects) expect(effectSchema.safeParse(one).success, JSON.stringify(one)).toBe(true)
        const about = programme.rules.filter((one) => occasionsOf[event.kind].includes(one.on ?? 'sale'))
        expect([...decision.fired, ...decision.ruleFailures.map((one) => one.ruleid)].sort()).toEqual(
          about.map((one) => one.id).sort(),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('is read back from its own JSON as it is, and told as sentences', () => {
    fc.assert(
      fc.property(programmes, (programme) => {
        expect(parseProgramme(JSON.parse(JSON.stringify(programme)))).toEqual({
          ok: true,
          programme: JSON.parse(JSON.stringify(programme)),
        })
        for (const { text: told } of explainProgramme(programme)) {
          expect(told.en).toMatch(/^(Always|When ).+\.$/)
          expect(told.fa).toMatch(/^(همیشه|وقتی ).+\.$/)
          expect(`${told.en} ${told.fa}`).not.toMatch(/undefined|NaN|\[object| {2}|\(\)/)
        }
        for (const { text: told } of explainSettings(programme))
          expect(`${told.en} ${told.fa}`).not.toMatch(/undefined|NaN|\[object/)
        expect(compareProgrammes(programme, structuredClone(programme))).toEqual([])
      }),
    )
  })
})
