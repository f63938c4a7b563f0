import { readFileSync } from 'node:fs'
import { tillPrintOptions } from '#drivers/till-print/driver.ts'
import { openTtyPair } from '../line/tty-pair.ts'
import { type PaperTill, startPaperTill } from '../paper-till/paper-till.ts'
import { cutBytes, receiptBytes, receiptStyles, rulesOf } from '../paper-till/receipts.ts'
import { whenThere } from './calling.ts'
import type { FaultKind } from './faults.ts'
import { printerAt } from './play-printer.ts'
import { reachable } from './play-till.ts'
import { cannotDo, cannotFail } from './refusals.ts'
import type { Player } from './virtual-device.ts'

/** A moment between the pieces of what a slow till prints. */
const pieceMs = 20
const lineFaults: readonly FaultKind[] = ['garbage', 'half-a-frame', 'hang-up', 'slow']

/**
 * A till that only prints, and the printer behind the box. It prints in the style whose rules the device has, else as
 * till programs under Windows do.
 */
export const playPaperTill: Player = async (part) => {
  const { till: place, printer: link, width, rulesFile } = tillPrintOptions.parse(part.options)
  const rules = readFileSync(part.beside(rulesFile), 'utf8')
  const style = receiptStyles.find((one) => rulesOf[one] === rules) ?? 'windows'
  const printer = await printerAt(part, { link, width })
  const pair = 'serial' in place ? await openTtyPair({ near: place.serial.path }) : undefined
  let till: PaperTill | undefined
  let slow = false
  let receipts = Math.floor(Date.now() / 1_000) % 1_000_000
  const atTheBox = async (): Promise<PaperTill> => {
    till ??= await whenThere(() =>
      startPaperTill(
        'tcp' in place ? { tcp: { host: reachable(place.tcp.host), port: place.tcp.port } } : { tty: { path: pair?.b ?? '' } },
      ),
    )
    return till
  }
  const hangUp = async () => {
    await till?.close('hang-up')
    till = undefined
  }
  const receipt = (number: string, amount: number) =>
    Buffer.concat([receiptBytes({ number, items: [], total: amount }, style), cutBytes.plain])
  const print = async (bytes: Buffer) => {
    const line = await atTheBox()
    if (!slow) return line.print(bytes)
    for (let at = 0; at < bytes.length; at += 64) {
      await line.print(bytes.subarray(at, at + 64))
      await new Promise((resolve) => setTimeout(resolve, pieceMs))
    }
  }
  return {
    acts: ['sale'],
    faults: [...lineFaults, ...printer.faults.filter((kind) => !lineFaults.includes(kind))],
    async act(act) {
      if (act.do !== 'sale') throw cannotDo(part, act)
      receipts += 1
      const number = act.receipt ?? String(receipts)
      await print(receipt(number, act.amount))
      part.seen({ kind: 'note', text: `printed receipt ${number}` })
    },
    async fault(kind) {
      if (kind === 'garbage') await (await atTheBox()).print(Uint8Array.from({ length: 512 }, (_, at) => (at * 7) & 0xff))
      else if (kind === 'half-a-frame') {
        const whole = receipt('0', 1_000)
        await (await atTheBox()).print(whole.subarray(0, whole.length >> 1))
        await hangUp()
      } else if (kind === 'hang-up') {
        await atTheBox()
        await hangUp()
      } else if (kind === 'slow') slow = true
      else if (printer.faults.includes(kind)) await printer.fault(kind)
      else throw cannotFail(part, kind)
    },
    async mend() {
      slow = false
      await printer.mend()
    },
    async close() {
      await till?.close()
      await printer.close()
      await pair?.close()
    },
  }
}
