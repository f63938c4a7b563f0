import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ConfigurationOrder, configurationOrder } from '#protocol/configuration.ts'
import { makeSigningKey, signDocument } from '#protocol/signing.ts'
import { judgeConfiguration } from './judge.ts'
import type { ConfigurationRecord } from './record.ts'

const key = makeSigningKey('programme-1')
const now = Date.UTC(2026, 10, 22)
const order: ConfigurationOrder = {
  id: '01900000-0000-7000-8000-000000000001',
  club: 'demo',
  store: 's1',
  version: 4,
  actor: 'sara',
  at: '2026-11-22T00:00:00.000Z',
  expiresat: '2026-12-22T00:00:00.000Z',
  healthyseconds: 120,
  text: 'store: s1\n',
}
const worksBy = (version: number, more: Partial<ConfigurationRecord> = {}): ConfigurationRecord => ({
  inForce: { version, sha256: '' },
  highest: version,
  ...more,
})

function judged(
  changes: Partial<ConfigurationOrder>,
  { record = worksBy(3), by = key, purpose = 'configuration' as const } = {},
) {
  const signed = signDocument(JSON.stringify({ ...order, ...changes }), by, purpose)
  return judgeConfiguration(Buffer.from(JSON.stringify(signed)), { club: 'demo', store: 's1', keys: [key], record, now })
}

describe('a configuration from head office', () => {
  it('is taken where it is newer than any before', () => {
    expect(judged({})).toMatchObject({ take: { version: 4 }, keyid: 'programme-1' })
    expect(judged({ version: 1 }, { record: { highest: 0 } })).toMatchObject({ take: { version: 1 } })
  })

  it('is refused where it is older, also where the box has gone back from a newer one', () => {
    expect(judged({ version: 2 })).toMatchObject({ refuse: { key: 'configuration.older', version: 2 } })
    expect(judged({ version: 3 })).toMatchObject({ refuse: { key: 'configuration.older' } })
    expect(judged({ version: 4 }, { record: worksBy(3, { highest: 4 }) })).toMatchObject({
      refuse: { key: 'configuration.older' },
    })
  })

  it('goes back where it is signed as a rollback of the one in force, and of no other', () => {
    expect(judged({ version: 2, rollbackof: 3 })).toMatchObject({ take: { version: 2 } })
    expect(judged({ version: 2, rollbackof: 3 }, { record: worksBy(5) })).toMatchObject({
      refuse: { key: 'configuration.older' },
    })
    expect(judged({ version: 2, rollbackof: 3 }, { record: { highest: 0 } })).toMatchObject({ take: { version: 2 } })
  })

  it('that was taken or refused before is known, however often it comes', () => {
    expect(judged({}, { record: worksBy(4, { lastId: order.id }) })).toBe('known')
    const refused = { id: order.id, version: 4, key: 'configuration.invalid' as const, reason: '', at: order.at }
    expect(judged({}, { record: worksBy(3, { refused }) })).toBe('known')
  })

  it('of another store, of another key, signed as something else, or late, is refused', () => {
    expect(judged({ store: 's2' })).toMatchObject({ refuse: { key: 'configuration.other' } })
    expect(judged({ club: 'other' })).toMatchObject({ refuse: { key: 'configuration.other' } })
    expect(judged({ expiresat: '2026-11-21T23:59:59.000Z' })).toMatchObject({ refuse: { key: 'configuration.expired' } })
    expect(judged({}, { by: makeSigningKey('programme-1') })).toMatchObject({ refuse: { key: 'configuration.forged' } })
    expect(judged({}, { by: makeSigningKey('x') })).toMatchObject({ refuse: { key: 'configuration.key-unknown' } })
    expect(judged({}, { purpose: 'command' as 'configuration' })).toMatchObject({ refuse: { key: 'configuration.forged' } })
  })

  it('of any bytes is refused, and of any signed order taken only where it is one', () => {
    const box = { club: 'demo', store: 's1', keys: [key], record: worksBy(3), now }
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text)),
    )
    const refused = (verdict: ReturnType<typeof judgeConfiguration>) => typeof verdict === 'object' && 'refuse' in verdict
    fc.assert(
      fc.property(anyBytes, (bytes) => refused(judgeConfiguration(bytes, box))),
      { numRuns: 10_000 },
    )
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(order)), fc.jsonValue(), (field, value) => {
        const verdict = judged({ [field]: value } as Partial<ConfigurationOrder>)
        if (typeof verdict === 'object' && 'take' in verdict) configurationOrder.parse(verdict.take)
      }),
      { numRuns: 300 },
    )
  })
})
