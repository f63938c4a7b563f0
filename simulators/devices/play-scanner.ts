import { scannerHidOptions } from '#drivers/scanner-hid/driver.ts'
import { scannerSerialOptions } from '#drivers/scanner-serial/driver.ts'
import { scannerTcpOptions } from '#drivers/scanner-tcp/driver.ts'
import { type HidScanner, hidScannerDevice, plugHidScanner } from '../hid/hid-scanner.ts'
import { startVirtualScanner, type VirtualScanner } from '../scanner/virtual-scanner.ts'
import { whenThere } from './calling.ts'
import { standAt } from './far-end.ts'
import { playedHid } from './played-hid.ts'
import { cannotDo, cannotFail, notPlayable } from './refusals.ts'
import type { Part, Player, VirtualDevice } from './virtual-device.ts'

/** Bytes at a time, as a slow line brings them. */
const piece = 2

/** What a scanner does to its line, wherever that is. */
interface Line {
  scanner(): Promise<VirtualScanner>
  hangUp(): Promise<void>
  close(): Promise<void>
}

function scannerOn(part: Part, line: Line): VirtualDevice {
  let slow = false
  const halfOne = 'HALF-A-CODE'
  return {
    acts: ['scan'],
    faults: ['garbage', 'half-a-frame', 'hang-up', 'slow'],
    async act(act) {
      if (act.do !== 'scan') throw cannotDo(part, act)
      const scanner = await line.scanner()
      await (slow ? scanner.scanInPieces(act.code, piece) : scanner.scan(act.code))
      part.seen({ kind: 'note', text: `scanned ${act.code}` })
    },
    async fault(kind) {
      if (kind === 'slow') slow = true
      else if (kind === 'garbage') await (await line.scanner()).garbage()
      else if (kind === 'half-a-frame') {
        await (await line.scanner()).scanHalf(halfOne)
        await line.hangUp()
      } else if (kind === 'hang-up') await line.hangUp()
      else throw cannotFail(part, kind)
    },
    async mend() {
      slow = false
    },
    close: line.close,
  }
}

export const playScannerSerial: Player = async (part) => {
  const { connection } = scannerSerialOptions.parse(part.options)
  return atItsPlace(part, connection)
}

async function atItsPlace(part: Part, link: Parameters<typeof standAt>[0]): Promise<VirtualDevice> {
  const end = await standAt(link, part.device, startVirtualScanner)
  return scannerOn(part, { scanner: async () => end.device, hangUp: end.hangUp, close: end.close })
}

/** One that calls the box, or stands on a port of its own. */
export const playScannerTcp: Player = async (part) => {
  const { connection } = scannerTcpOptions.parse(part.options)
  if (!('listen' in connection)) return atItsPlace(part, connection)
  const { port, scanners } = connection.listen
  const from = scanners.find(({ lane }) => lane === undefined || lane === part.lane)?.from
  let calling: VirtualScanner | undefined
  const hangUp = async () => {
    await calling?.close()
    calling = undefined
  }
  return scannerOn(part, {
    async scanner() {
      calling ??= await whenThere(() => startVirtualScanner({ calls: { port, ...(from === undefined ? {} : { from }) } }))
      return calling
    },
    hangUp,
    close: hangUp,
  })
}

/** On the USB of a machine that is played: only a gateway in this process has it. */
export const playScannerHid: Player = async (part) => {
  const { mode, layout, device } = scannerHidOptions.parse(part.options)
  const { hid } = part
  if (!hid) throw notPlayable(part, 'this machine’s USB is its own', 'play the whole store: `vafa sim -c FILE` starts it itself')
  const plug = () => plugHidScanner(hid, { mode, layout, device: playedHid(hidScannerDevice(mode), device, part.device) })
  let scanner: HidScanner = plug()
  const hangUp = async () => {
    await scanner.close()
    scanner = plug()
  }
  return {
    acts: ['scan'],
    faults: ['garbage', 'half-a-frame', 'hang-up'],
    async act(act) {
      if (act.do !== 'scan') throw cannotDo(part, act)
      await scanner.scan(act.code)
      part.seen({ kind: 'note', text: `scanned ${act.code}` })
    },
    async fault(kind) {
      if (kind === 'garbage') await scanner.garbage()
      else if (kind === 'half-a-frame') {
        await scanner.scanHalf('HALF-A-CODE')
        await hangUp()
      } else if (kind === 'hang-up') await hangUp()
      else throw cannotFail(part, kind)
    },
    mend: async () => undefined,
    close: () => scanner.close(),
  }
}
