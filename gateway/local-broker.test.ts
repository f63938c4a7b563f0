import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRequest } from './local-broker.ts'

describe('what a kiosk sends', () => {
  it('is read as a till’s request', () => {
    expect(readRequest(Buffer.from('{"op":"ping","id":"1"}'))).toEqual({ ok: true, request: { op: 'ping', id: '1' } })
  })

  it('is refused with its id where it has one, and never repeats a value', () => {
    const text = JSON.stringify({ op: 'present', id: '7', credential: { kind: 'phone-number', value: '09121234567' } })
    const read = readRequest(Buffer.from(text))
    expect(read).toMatchObject({ ok: false, id: '7', reason: expect.stringContaining('credential.kind') })
    expect(JSON.stringify(read)).not.toContain('0912')
  })

  it('may be any bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.jsonValue().map((v) => Buffer.from(JSON.stringify(v))),
        ),
        (payload) => {
          expect(typeof readRequest(payload).ok).toBe('boolean')
        },
      ),
    )
  })
})
