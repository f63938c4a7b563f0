import { printerEscposOptions } from '#drivers/printer-escpos/driver.ts'
import type { DeviceLink } from '#drivers/stream/connection.ts'
import { linkPrinter } from '../printer/linked-printer.ts'
import type { PrinterFaults } from '../printer/virtual-printer.ts'
import { standAt } from './far-end.ts'
import type { FaultKind } from './faults.ts'
import { cannotDo, cannotFail } from './refusals.ts'
import type { Part, Player, VirtualDevice } from './virtual-device.ts'

const states = {
  'paper-out': { paper: 'end' },
  'cover-open': { cover: 'open', online: false },
  cutter: { cutter: 'error' },
  silence: { mute: true },
  slow: { msPerBand: 400 },
} as const satisfies Partial<Record<FaultKind, PrinterFaults>>

export const playPrinter: Player = async (part) => {
  const { connection, width } = printerEscposOptions.parse(part.options)
  return printerAt(part, { link: connection, width })
}

export async function printerAt(part: Part, { link, width }: { link: DeviceLink; width: number }): Promise<VirtualDevice> {
  const end = await standAt(link, part.device, (place) =>
    linkPrinter(place, { width, onJob: (job) => part.seen({ kind: 'paper', job }) }),
  )
  return {
    acts: [],
    faults: ['garbage', 'hang-up', 'silence', 'slow', 'paper-out', 'cover-open', 'cutter'],
    act: async (act) => {
      throw cannotDo(part, act)
    },
    async fault(kind) {
      if (kind === 'garbage') await end.device.garbage()
      else if (kind === 'hang-up') await end.hangUp()
      else if (kind in states) end.device.printer.setFaults(states[kind as keyof typeof states])
      else throw cannotFail(part, kind)
    },
    mend: async () => end.device.printer.setFaults({}),
    close: end.close,
  }
}
