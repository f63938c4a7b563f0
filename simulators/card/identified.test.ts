import { describe, expect, test } from 'vitest'
import { verifySun } from '#club/proofs/sun.ts'
import { identify, ndefOptions } from '#drivers/pcsc/identify.ts'
import { signalFor } from '#drivers/pcsc/signal.ts'
import { parseSun } from '#protocol/sun.ts'
import { textMessage, uriMessage } from './ndef.ts'
import { sunAddress } from './ntag-424.ts'

const uid = '04DE5F1EACC040'
const zero = '0'.repeat(32)
const keys = { metaReadKey: zero, fileReadKey: zero }
const shown = (message: Buffer, options: object, hex = uid) =>
  identify({ by: 'ndef', message: message.toString('hex'), hex }, 0, ndefOptions.parse(options))
const credential = (message: Buffer, options: object) => {
  const event = shown(message, options)
  return event.kind === 'credential' ? event.credential : undefined
}

describe('what a card carries', () => {
  test('is a credential where a rule fits it: whole, as where it is printed, or what follows', () => {
    const rules = [
      { prefix: 'https://club.ir/c/', is: 'member-number', take: 'after-prefix' },
      { prefix: 'VAFA-', is: 'barcode' },
    ]
    expect(credential(uriMessage('https://club.ir/c/1042'), { rules })).toEqual({ kind: 'member-number', value: '1042' })
    expect(credential(textMessage('VAFA-1042'), { rules })).toEqual({ kind: 'barcode', value: 'VAFA-1042' })
    expect(credential(uriMessage('https://elsewhere.ir/c/1042'), { rules })).toEqual({ kind: 'nfc-uid', value: uid })
  })

  test('and is none of the club’s, on a phone that changes its UID: refused', () => {
    expect(shown(uriMessage('https://elsewhere.ir'), {}, '08123456')).toMatchObject({ kind: 'refused', key: 'credential.random' })
    const silent = identify({ by: 'ndef', message: uriMessage('https://elsewhere.ir').toString('hex') }, 0, ndefOptions.parse({}))
    expect(silent).toMatchObject({ kind: 'refused', key: 'card.foreign' })
  })
})

describe('the address of an NTAG 424 DNA', () => {
  test('is taken as it is written, as NXP’s application note has it, and as the club then reads it', () => {
    const address = 'https://ntag.nxp.com/424?e=EF963FF7828658A599F3041510671E88&c=94EED9EE65337086'
    const found = credential(uriMessage(address), { sun: { picc: 'e', mac: 'c' } })
    expect(found).toEqual({ kind: 'nfc-sun', value: 'EF963FF7828658A599F3041510671E88.94EED9EE65337086' })
    expect(verifySun(parseSun(found?.value ?? '') ?? expect.fail(), keys)).toEqual({ uid, counter: 61 })
  })

  test('can sign a part of itself, from a place in the file on, and show its UID in the clear', () => {
    const template = 'https://club.ir/t?uid={uid}&ctr={counter}&enc=CEE9&cmac={mac}'
    const address = sunAddress({ uid, ...keys, macInputFrom: 'CEE9' }, { template, counter: 513 })
    // Two bytes of length, four of the record's head, one for `https://`.
    const macInputOffset = 7 + address.indexOf('CEE9') - 'https://'.length
    const found = credential(uriMessage(address), { sun: { macInputOffset } })
    expect(verifySun(parseSun(found?.value ?? '') ?? expect.fail(), keys)).toEqual({ uid, counter: 513 })
    const wrong = credential(uriMessage(address), { sun: {} })
    expect(verifySun(parseSun(wrong?.value ?? '') ?? expect.fail(), keys)).toBeUndefined()
  })

  test('that says nothing of its own is refused, never taken for its UID', () => {
    for (const rest of ['?picc_data=00&cmac=94EED9EE65337086', '?cmac=94EED9EE65337086', '?uid=04DE5F1EACC040&ctr=xyz&cmac=00'])
      expect(shown(uriMessage(`https://club.ir/t${rest}`), { sun: {} })).toMatchObject({ key: 'credential.unproven' })
    expect(credential(uriMessage('https://club.ir/t?x=1'), { sun: {} })).toEqual({ kind: 'nfc-uid', value: uid })
  })
})

test('an ACR122 is told to blink green once or red three times, with its buzzer; other readers are left alone', () => {
  const told = (reader: string, outcome: 'accepted' | 'refused') => Buffer.from(signalFor(reader, outcome) ?? []).toString('hex')
  expect(told('ACS ACR122U PICC Interface 00 00', 'accepted')).toBe('ff0040a00401010101')
  expect(told('ACS ACR122U PICC Interface 00 00', 'refused')).toBe('ff0040500401010301')
  expect(told('HID OMNIKEY 5022', 'accepted')).toBe('')
})
