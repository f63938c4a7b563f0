import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codeProof, parseCodeProof, readCode, writeCode } from './rotating-code.ts'
import { formatSun, parseSun } from './sun.ts'

test('a message of an NTAG 424 DNA is read back as it was written, with its UID hidden or in the clear', () => {
  const mac = '94EED9EE65337086'
  const hidden = { picc: 'EF963FF7828658A599F3041510671E88', mac, macInput: new Uint8Array() }
  expect(formatSun(hidden)).toBe('EF963FF7828658A599F3041510671E88.94EED9EE65337086')
  const clear = { uid: '04DE5F1EACC040', counter: 61, mac, macInput: new Uint8Array(Buffer.from('enc=00&cmac=')) }
  expect(formatSun(clear)).toBe('04DE5F1EACC040-00003D.94EED9EE65337086.ZW5jPTAwJmNtYWM9')
  for (const message of [hidden, clear]) expect(parseSun(formatSun(message) ?? '')).toEqual(message)
  expect(formatSun({ ...hidden, mac: 'none' })).toBeUndefined()
})

test('a rotating code is read back as it was written, at a till and at the club', () => {
  const code = { card: 'SARAS4CARD', digits: '94287082' }
  expect(readCode(writeCode(code), 'VAFA1:')).toEqual(code)
  expect(parseCodeProof(codeProof(code, 59_000))).toEqual({ ...code, seenAt: 59_000 })
})

test('whatever a box sends as a proof is a proof or none', () => {
  const nearly = fc.stringMatching(/^[0-9A-F]{30,34}\.[0-9A-F]{15,17}(\.[A-Za-z0-9_-]{0,5})?$/)
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), nearly), (text) => {
      const sun = parseSun(text)
      if (sun) expect(formatSun(sun)?.split('.').slice(0, 2)).toEqual(text.split('.').slice(0, 2))
      const code = parseCodeProof(text)
      if (code) expect(codeProof(code, code.seenAt).split('@')[0]).toBe(text.split('@')[0])
    }),
    { numRuns: 10_000 },
  )
})
