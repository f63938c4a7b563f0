import { expect, it } from 'vitest'
import { tokenise } from '#protocol/credentials.ts'
import { guardKiosk } from './kiosk-guard.ts'

const tokenOf = (mobile: string) => tokenise({ kind: 'phone', value: mobile }, { keyid: 'k', secret: Buffer.alloc(32, 1) })
const mobile = '+989121112233'
const enrol = (profile: object, more: object = {}) => ({ op: 'enrol' as const, id: '1', profile, consents: [], ...more })

function guard(kind: 'kiosk' | 'checkout' = 'kiosk') {
  let now = 0
  const pass = (ms: number) => {
    now += ms
  }
  return { ...guardKiosk({ setup: { kind }, now: () => now, tokenOf }), pass }
}

it('nobody sells at a kiosk, and nobody says by typing who somebody is', () => {
  const { refuses } = guard()
  expect(refuses({ op: 'cancel', id: '1' })).toBeUndefined()
  for (const op of ['present', 'open', 'record', 'reverse', 'claim', 'receipts', 'reprint', 'look-up'] as const)
    expect(refuses({ op, id: '1' } as never), op).toMatchObject({ key: 'request.invalid' })
})

it('signing up needs the mobile whose code was entered, this visitor’s and not long ago', () => {
  const { refuses, proved, left, pass } = guard()
  expect(refuses(enrol({ mobile }))).toMatchObject({ key: 'code.needed' })
  proved(tokenOf(mobile))
  expect(refuses(enrol({ mobile }))).toBeUndefined()
  expect(refuses(enrol({}))).toMatchObject({ key: 'code.needed' })
  expect(refuses(enrol({ mobile: '+989120000000' }))).toMatchObject({ key: 'code.needed' })
  expect(refuses(enrol({ mobile }, { credentials: [{ kind: 'nfc-uid', value: '04' }] }))).toMatchObject({
    key: 'request.invalid',
  })
  pass(15 * 60_000 + 1)
  expect(refuses(enrol({ mobile }))).toMatchObject({ key: 'code.needed' })
  proved(tokenOf(mobile))
  left()
  expect(refuses(enrol({ mobile }))).toMatchObject({ key: 'code.needed' })
})

it('a checkout is not bound by it', () => {
  expect(guard('checkout').refuses(enrol({}))).toBeUndefined()
})
