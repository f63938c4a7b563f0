import { tillMqttOptions } from '#drivers/till-mqtt/options.ts'
import { readSecret } from '#runtime/config.ts'
import { keyedTills, withKeys } from './mask-http.ts'
import { withPassword } from './mask-mqtt.ts'

/**
 * What a till shows of itself in a recording is only its name: in a replay it shows what the store knows it by where it is
 * played. `options`: that store's, through the driver's schema.
 */
export function knownHere(
  driver: string,
  { options, beside }: { options: unknown; beside(path: string): string },
): (bytes: Buffer) => Buffer {
  if (driver === 'till-http' || driver === 'pos-nexo') {
    const known = keyedTills(options, beside)
    return (bytes) => withKeys(bytes, known)
  }
  if (driver === 'till-mqtt') {
    const { lanes } = tillMqttOptions.parse(options)
    return (bytes) =>
      withPassword(bytes, (name) => {
        const lane = lanes.find((one) => one.lane === name)
        return lane && readSecret(beside(lane.secretFile), `the password of ${name}`)
      })
  }
  return (bytes) => bytes
}
