import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMqttRequest } from './codec.ts'

const read = (value: unknown) => readMqttRequest(Buffer.from(JSON.stringify(value)))

describe('what a till or a kiosk sends', () => {
  it('is read as a till’s request, with its idempotency key where it has one', () => {
    expect(read({ op: 'ping', id: '1' })).toEqual({ valid: true, request: { op: 'ping', id: '1' } })
    expect(read({ op: 'ping', id: '1', idempotencykey: 'k' })).toEqual({
      valid: true,
      request: { op: 'ping', id: '1' },
      key: 'k',
    })
  })

  it('is refused with its id where it has one, and never repeats a value', () => {
    const refused = read({ op: 'present', id: '7', credential: { kind: 'phone-number', value: '09121234567' } })
    expect(refused).toMatchObject({ valid: false, id: '7', reason: expect.stringContaining('credential.kind') })
    expect(JSON.stringify(refused)).not.toContain('0912')
    expect(read({ op: 'ping', id: '8', idempotencykey: 'x'.repeat(61) })).toMatchObject({
      valid: false,
      id: '8',
      reason: expect.stringMatching(/^idempotencykey: /),
    })
    expect(readMqttRequest(Buffer.from([0x22, 0xff, 0x22]))).toEqual({ valid: false, reason: 'not JSON in UTF-8' })
  })

  it('may be any bytes', () => {
    const good = { op: 'open', id: '1', sale: { tillreceipt: '1', total: 5, lines: [] }, idempotencykey: 'k' }
    const mutated = fc.tuple(fc.nat(100), fc.nat(255)).map(([at, byte]) => {
      const bytes = Buffer.from(JSON.stringify(good))
      bytes[at % bytes.length] = byte
      return bytes
    })
    const payload = fc.oneof(
      fc.uint8Array(),
      mutated,
      fc.jsonValue().map((v) => Buffer.from(JSON.stringify(v))),
      fc
        .record({ op: fc.constantFrom('open', 'return', 'enrol'), id: fc.jsonValue() })
        .map((v) => Buffer.from(JSON.stringify(v))),
    )
    fc.assert(
      fc.property(payload, (bytes) => {
        expect(typeof readMqttRequest(bytes).valid).toBe('boolean')
      }),
      { numRuns: 10_000 },
    )
  })
})
