import { magstripeHidOptions } from '#drivers/magstripe-hid/driver.ts'
import { type MsrModel, msrDevice, plugMsrReader } from '../hid/msr-reader.ts'
import { playedHid } from './played-hid.ts'
import { cannotDo, cannotFail, notPlayable } from './refusals.ts'
import type { Player } from './virtual-device.ts'

/** A magnetic card reader on the USB of a machine that is played. */
export const playStripe: Player = async (part) => {
  const { mode, device, lrc } = magstripeHidOptions.parse(part.options)
  const { hid } = part
  if (!hid) throw notPlayable(part, 'this machine’s USB is its own', 'play the whole store: `vafa sim -c FILE` starts it itself')
  const model: MsrModel = mode === 'keyboard' ? 'keyboard' : 'standard'
  const plug = () => plugMsrReader(hid, { model, device: playedHid(msrDevice(model), device, part.device) })
  let reader = plug()
  let spoiled: 'no' | 'yes' = 'no'
  return {
    acts: ['swipe'],
    faults: ['garbage', 'hang-up', 'wrong-checksum'],
    async act(act) {
      if (act.do !== 'swipe') throw cannotDo(part, act)
      await reader.swipe({ number: act.number }, { lrc, spoiled })
      part.seen({ kind: 'note', text: `swiped a card of ${act.number.length} digits` })
    },
    async fault(kind) {
      if (kind === 'garbage') await reader.garbage()
      else if (kind === 'wrong-checksum') spoiled = 'yes'
      else if (kind === 'hang-up') {
        await reader.close()
        reader = plug()
      } else throw cannotFail(part, kind)
    },
    async mend() {
      spoiled = 'no'
    },
    close: () => reader.close(),
  }
}
