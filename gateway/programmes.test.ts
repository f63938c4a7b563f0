import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeSigningKey, signDocument } from '#protocol/signing.ts'
import { createProgrammes } from './programmes.ts'

const key = makeSigningKey('programme-1')
const keys = [{ keyid: key.keyid, publicKey: key.publicKey }]
const document = (version: number, inForceFrom?: string, rules: object[] = []) => ({
  id: 'p',
  version,
  currency: 'IRR',
  ...(inForceFrom === undefined ? {} : { inForceFrom }),
  rules,
})
const signed = (...given: Parameters<typeof document>) => signDocument(JSON.stringify(document(...given)), key)

/** 0:00 of 1 Mehr 1405 in Tehran. */
const midnight = Date.parse('2026-09-22T20:30:00.000Z')
const mehr = '1405-07-01'
const before = { now: midnight - 1, trusted: true }
const after = { now: midnight, trusted: true }
const rule = { id: 'r', order: 1, when: {}, effects: [{ kind: 'credit', basisPoints: 1 }] }

function box(...taken: object[]) {
  const programmes = createProgrammes({ keys })
  for (const one of taken) expect(programmes.accept(one, before)).toBeUndefined()
  return programmes
}

describe('a box’s programmes', () => {
  it('switch at the next one’s instant, and what happened before it stays with the one before', () => {
    const programmes = box({ current: signed(1), next: signed(2, mehr) })
    expect(programmes.at(midnight - 1)?.version).toBe(1)
    expect(programmes.at(midnight)?.version).toBe(2)
    expect(programmes.state(midnight - 1)).toEqual({ version: 1, next: { version: 2, from: '2026-09-22T20:30:00.000Z' } })
    expect(programmes.state(midnight)).toEqual({ version: 2 })

    expect(programmes.accept({ current: signed(2, mehr) }, after)).toBeUndefined()
    expect(programmes.at(midnight - 1)?.version).toBe(1)
    expect(programmes.ofVersion(1)?.version).toBe(1)
  })

  it('are the same after a restart, with the one that was in force before', () => {
    const programmes = box({ current: signed(1), next: signed(2, mehr) })
    programmes.accept({ current: signed(2, mehr), next: signed(3, '1405-08-01') }, after)
    const again = createProgrammes({ keys })
    expect(again.restore(JSON.parse(programmes.kept() ?? ''), midnight)).toBeUndefined()
    expect(again.state(midnight)).toEqual(programmes.state(midnight))
    expect([midnight - 1, midnight, Date.parse('2027-01-01T00:00:00Z')].map((at) => again.at(at)?.version)).toEqual([1, 2, 3])
  })

  it('let a next one be withdrawn or changed until its time has come, and never after', () => {
    const withdrawn = box({ current: signed(1), next: signed(2, mehr) }, { current: signed(1), next: signed(2, mehr, [rule]) })
    expect(withdrawn.at(midnight)?.rules).toHaveLength(1)
    expect(withdrawn.accept({ current: signed(1) }, before)).toBeUndefined()
    expect(withdrawn.at(midnight)?.version).toBe(1)

    const begun = box({ current: signed(1), next: signed(2, mehr) })
    expect(begun.accept({ current: signed(1) }, after)).toMatchObject({ key: 'programme.older' })
    expect(begun.accept({ current: signed(2, mehr, [rule]) }, after)).toMatchObject({ key: 'programme.changed' })
    expect(begun.state(midnight)).toMatchObject({ version: 2, refused: { key: 'programme.changed' } })
    expect(begun.accept({ current: signed(2, mehr) }, after)).toBeUndefined()
    expect(begun.state(midnight)).toEqual({ version: 2 })
  })

  it('do not take the next one’s time for come by a clock that nobody has compared', () => {
    const programmes = box({ current: signed(1), next: signed(2, mehr) })
    expect(programmes.accept({ current: signed(1) }, { now: midnight, trusted: false })).toBeUndefined()
    expect(programmes.at(midnight)?.version).toBe(1)
  })

  it.each([
    ['programme.unsigned', { current: document(8) }],
    ['programme.forged', { current: { ...signed(7), document: JSON.stringify(document(8)) } }],
    ['programme.forged', { current: signed(7), next: { ...signed(8, mehr), document: JSON.stringify(document(9, mehr)) } }],
    ['programme.key-unknown', { current: signDocument(JSON.stringify(document(8)), makeSigningKey('programme-2')) }],
    ['programme.forged', { current: signDocument(JSON.stringify(document(8)), makeSigningKey('programme-1')) }],
    ['programme.invalid', { current: signDocument('{"id":"p"}', key) }],
    ['programme.invalid', { current: signDocument('garbage', key) }],
    ['programme.invalid', { current: signed(8), next: signed(9) }],
    ['programme.invalid', { current: signed(8), next: signed(8, mehr) }],
    ['programme.unreadable', { next: signed(8, mehr) }],
    ['programme.unreadable', undefined],
    ['programme.older', { current: signed(6), before: signed(5) }],
    ['programme.changed', { current: signed(7, undefined, [rule]) }],
  ])('refuse all of a message for %s, say so, and go on as they were', (refusal, message) => {
    const programmes = box({ current: signed(7) })
    expect(programmes.accept(message, before)).toMatchObject({ key: refusal })
    expect(programmes.at(midnight)).toEqual(box({ current: signed(7) }).at(midnight))
    expect(programmes.state(before.now)).toMatchObject({ version: 7, refused: { key: refusal, at: '2026-09-22T20:29:59.999Z' } })
  })

  it('from the disk are trusted no more than from the line', () => {
    const kept = JSON.parse(box({ current: signed(1) }).kept() ?? '')
    kept.current.document = kept.current.document.replace('"version":1', '"version":2')
    const again = createProgrammes({ keys })
    expect(again.restore(kept, midnight)).toMatchObject({ key: 'programme.forged' })
    expect(again.at(midnight)).toBeUndefined()
    expect(again.kept()).toBeUndefined()
  })

  it('without a key take none', () => {
    expect(createProgrammes({ keys: [] }).accept({ current: signed(1) }, before)).toMatchObject({ key: 'programme.key-unknown' })
  })

  it('outlast whatever comes: any JSON is taken whole or refused whole', () => {
    const part = fc.oneof(
      fc.constantFrom(signed(1), signed(2, mehr), signed(3, mehr), signed(2, mehr, [rule]), {
        ...signed(9),
        signature: 'A'.repeat(86),
      }),
      fc.jsonValue(),
    )
    const message = fc.oneof(fc.jsonValue(), fc.record({ current: part, next: part, before: part }, { requiredKeys: [] }))
    fc.assert(
      fc.property(fc.array(fc.tuple(message, fc.boolean()), { maxLength: 8 }), (messages) => {
        const programmes = createProgrammes({ keys })
        let lowest = 0
        for (const [one, trusted] of messages) {
          const was = programmes.kept()
          const refusal = programmes.accept(one, { now: midnight, trusted })
          if (refusal) expect(programmes.kept()).toBe(was)
          const version = programmes.at(midnight)?.version ?? 0
          if (trusted) expect(version).toBeGreaterThanOrEqual(lowest)
          lowest = version
        }
      }),
    )
  })
})
