import { describeError, type ErrorKey } from '#protocol/errors.ts'
import { VafaError } from '#runtime/errors.ts'
import { type Confirmation, confirmationText } from './confirmation.ts'

const checkLine = 'check its cable, its power and the baud rate (the factory’s is 57600)'

export const silent = (device: string): VafaError =>
  new VafaError({
    key: 'device.silent',
    message: `fingerprint sensor ${device}: it does not answer`,
    hint: `${checkLine}, and \`address\` in its options`,
    permanent: false,
  })

export const damaged = (device: string): VafaError =>
  new VafaError({
    key: 'device.garbled',
    message: `fingerprint sensor ${device}: what it says arrives damaged, again and again`,
    hint: checkLine,
    permanent: false,
  })

export const refused = (device: string, what: string, confirmation: Confirmation, code: number): VafaError =>
  new VafaError({
    key: confirmation === 'wrong-password' || confirmation === 'password-needed' ? 'device.password' : 'device.refused',
    message: `fingerprint sensor ${device}: ${what}: ${confirmationText[confirmation]} (code ${hex(code)})`,
    hint:
      confirmation === 'wrong-password' || confirmation === 'password-needed'
        ? 'write the password that was given to this module into `passwordFile`'
        : 'switch it off and on; where it stays so, the sensor is worn or is another model (docs/devices/fingerprint-r30x.md)',
    permanent: false,
  })

const hex = (code: number): string => code.toString(16).toUpperCase().padStart(2, '0')

/** What went wrong between a finger and the sensor, as whoever stands there is told. */
export function fingerFault(key: Extract<ErrorKey, `finger.${string}`>, reason: string): VafaError {
  const { detail } = describeError(key)
  return new VafaError({ key, message: reason, hint: detail.en, permanent: false })
}
