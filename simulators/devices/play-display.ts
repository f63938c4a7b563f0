import { displaySerialOptions } from '#drivers/display-serial/driver.ts'
import { startVirtualDisplay } from '../display/virtual-display.ts'
import { standAt } from './far-end.ts'
import { cannotDo, cannotFail } from './refusals.ts'
import type { Player } from './virtual-device.ts'

/** A customer display: it never speaks, so all that can go wrong is its line. */
export const playDisplay: Player = async (part) => {
  const { connection } = displaySerialOptions.parse(part.options)
  let shown = ''
  const end = await standAt(connection, part.device, (place) =>
    startVirtualDisplay(place, {
      onShow(lines) {
        if (lines.join('\n') === shown) return
        shown = lines.join('\n')
        part.seen({ kind: 'display', lines })
      },
    }),
  )
  return {
    acts: [],
    faults: ['garbage', 'hang-up'],
    act: async (act) => {
      throw cannotDo(part, act)
    },
    async fault(kind) {
      if (kind === 'garbage') await end.device.garbage()
      else if (kind === 'hang-up') await end.hangUp()
      else throw cannotFail(part, kind)
    },
    mend: async () => undefined,
    close: end.close,
  }
}
