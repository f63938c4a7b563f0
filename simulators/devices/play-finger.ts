import { fingerprintR30xOptions } from '#drivers/fingerprint-r30x/options.ts'
import { readSecret } from '#runtime/config.ts'
import { emptyFlash, type SensorFlash } from '../fingerprint/sensor-model.ts'
import { type SensorFault, startVirtualSensor } from '../fingerprint/virtual-sensor.ts'
import { standAt } from './far-end.ts'
import type { FaultKind } from './faults.ts'
import { cannotDo, cannotFail } from './refusals.ts'
import type { Player } from './virtual-device.ts'

const sensorFaults = {
  'wrong-checksum': 'wrong-checksum',
  'half-a-frame': 'half-frame',
  silence: 'silent',
  slow: 'slow',
  worn: 'worn',
} as const satisfies Partial<Record<FaultKind, SensorFault>>

/** Longer than a sensor needs to look twice, which is what enrolling and finding both need. */
const pressMs = 1_000
/** The next finger comes when the sensor has seen that this one is gone, if it looks at all. */
const awayMs = 1_000

/** A fingerprint sensor. It keeps its fingers as long as it is played, also over `hang-up`. */
export const playFinger: Player = async (part) => {
  const { connection, address, passwordFile } = fingerprintR30xOptions.parse(part.options)
  const password =
    passwordFile === undefined ? 0 : Number.parseInt(readSecret(part.beside(passwordFile), 'the password of the sensor'), 16)
  const flash: SensorFlash = emptyFlash()
  const end = await standAt(connection, part.device, (place) => startVirtualSensor(place, { flash, address, password }))
  return {
    acts: ['finger'],
    faults: ['garbage', 'half-a-frame', 'hang-up', 'silence', 'slow', 'wrong-checksum', 'worn'],
    async act(act) {
      if (act.do !== 'finger') throw cannotDo(part, act)
      end.device.press(act.name)
      await new Promise((resolve) => setTimeout(resolve, pressMs))
      end.device.lift()
      await Promise.race([end.device.looked(2), new Promise((resolve) => setTimeout(resolve, awayMs))])
      part.seen({ kind: 'note', text: `the finger of ${act.name} was on the sensor` })
    },
    async fault(kind) {
      if (kind === 'garbage') await end.device.garbage()
      else if (kind === 'hang-up') await end.hangUp()
      else if (kind === 'half-a-frame') end.device.fault('half-frame', 1)
      else if (kind in sensorFaults) end.device.fault(sensorFaults[kind as keyof typeof sensorFaults])
      else throw cannotFail(part, kind)
    },
    mend: async () => end.device.fault('none'),
    close: end.close,
  }
}
