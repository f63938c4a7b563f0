import { randomBytes } from 'node:crypto'
import type { CardEar, PcscOptions } from '#drivers/pcsc/driver.ts'
import type { OverheardLine } from '#drivers/stream/overhear.ts'
import { VafaError } from '#runtime/errors.ts'
import { maskStream } from './framed.ts'
import { createMask } from './mask.ts'
import { maskedExchange } from './mask-card.ts'
import { maskers } from './maskers.ts'
import { isHid } from './record-hid.ts'
import type { RecordingFile } from './recording-file.ts'

/** One line between a device and its gateway, from its beginning to its end; also at its driver (`DeviceHost.ear`). */
export type RecordedLine = OverheardLine

export interface LineRecorder {
  connected(line?: { who?: string }): RecordedLine
}

/** Throws `sim.not-recordable` where nobody can mask what passes there. */
export function refuseUnmasked({ device, driver }: { device: string; driver: string }): void {
  if (driver === 'pcsc' || isHid(driver) || maskers.has(driver)) return
  if (driver === 'till-print')
    throw new VafaError({
      key: 'sim.not-recordable',
      message: `${device} is a till-print: what a till prints may name people in any place, and cannot be masked without its totals`,
      hint: 'vafa sim capture FILE --listen PORT keeps a till’s own bytes, and vafa sim print FILE is that till',
    })
  throw new VafaError({
    key: 'sim.not-recordable',
    message: `${device} is a ${driver}: what passes there cannot be masked on its line, so it is not recorded`,
    hint: 'docs/simulators.md says which devices can be recorded, and how',
  })
}

/** Writes what passes on a line of bytes. `options`: the device's, through its driver's schema. */
export function recordLines(
  file: RecordingFile,
  { driver, options, beside }: { driver: string; options: unknown; beside(path: string): string },
): LineRecorder {
  const mask = createMask(randomBytes(32))
  const make = maskers.get(driver)
  if (!make) throw new Error(`nobody masks ${driver}`)
  let lines = 0
  return {
    connected({ who } = {}) {
      const line = lines
      lines += 1
      const stream = maskStream(make({ options, mask, beside }), mask)
      file.write({ at: file.since(), line, event: 'connected', ...(who === undefined ? {} : { who }) })
      return {
        fromDevice(bytes) {
          for (const piece of stream.push({ at: file.since(), bytes: Buffer.from(bytes) }))
            file.write({ at: piece.at, line, from: 'device', hex: piece.bytes.toString('hex') })
        },
        fromGateway(bytes) {
          file.write({ at: file.since(), line, from: 'gateway', bytes: bytes.length })
        },
        ended() {
          for (const piece of stream.end()) file.write({ at: piece.at, line, from: 'device', hex: piece.bytes.toString('hex') })
          file.write({ at: file.since(), line, event: 'ended' })
        },
      }
    },
  }
}

/** Writes what readers and cards say to each other. */
export function recordCards(file: RecordingFile, options: PcscOptions): CardEar {
  const { ndef } = options
  const masking = {
    mask: createMask(randomBytes(32)),
    aid: options.aid,
    ndef: ndef === undefined ? ('leave' as const) : ('read' as const),
    prefixes: [...(ndef?.rules ?? []).map(({ prefix }) => prefix), ...(ndef?.sun ? [ndef.sun.url] : [])].filter(
      // `https://` alone is nobody's: as much of an address stays as names its machine.
      (prefix) => !prefix.endsWith('://'),
    ),
  }
  /** In the order in which they happened, whatever masking takes. */
  let turn: Promise<void> = Promise.resolve()
  return {
    exchanged(exchange) {
      const at = file.since()
      turn = turn.then(async () => {
        const { reader, atr, said } = await maskedExchange(exchange, masking)
        if (said.length > 0) file.write({ at, line: 0, event: 'card', reader, atr, said: said.map(([c, a]) => [c, a]) })
      })
    },
    removed(reader) {
      const at = file.since()
      turn = turn.then(() => file.write({ at, line: 0, event: 'removed', reader }))
    },
  }
}
