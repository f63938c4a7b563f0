import { randomBytes } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import type { RecordingEntry, RecordingHead } from './format.ts'
import { maskStream } from './framed.ts'
import { createMask } from './mask.ts'
import { maskers } from './maskers.ts'

/** One line between a device and its gateway, from its beginning to its end. */
export interface RecordedLine {
  fromDevice(bytes: Buffer): void
  fromGateway(bytes: Buffer): void
  ended(): void
}

export interface Recorder {
  connected(): RecordedLine
  /** How many entries were written. */
  readonly entries: number
  close(): void
}

/** Where a recording's lines go. */
export interface RecordingSink {
  write(line: string): void
  close(): void
}

/** Masks what passes and writes it. Throws `sim.not-recordable` where nobody can mask what passes there; `to` is not opened then. */
export function openRecorder(options: {
  to(): RecordingSink
  device: string
  driver: string
  /** The device's, through its driver's schema. */
  options: unknown
  beside(path: string): string
  /** Milliseconds that never go back. */
  now(): number
  started: Date
}): Recorder {
  const { device, driver, now } = options
  const make = maskers.get(driver)
  if (!make)
    throw new VafaError({
      key: 'sim.not-recordable',
      message: `${device} is a ${driver}: what passes there cannot be masked on its line, so it is not recorded`,
      hint: 'docs/simulators.md says which devices can be recorded, and how',
    })
  const mask = createMask(randomBytes(32))
  const framing = make({ options: options.options, mask, beside: options.beside })
  const out = options.to()
  const begin = now()
  const head: RecordingHead = { vafa: 'recording', version: 1, device, driver, started: options.started.toISOString() }
  out.write(`${JSON.stringify(head)}\n`)
  let entries = 0
  let lines = 0
  const write = (entry: RecordingEntry) => {
    entries += 1
    out.write(`${JSON.stringify(entry)}\n`)
  }
  const since = () => Math.round(now() - begin)
  return {
    get entries() {
      return entries
    },
    connected() {
      const line = lines
      lines += 1
      const stream = maskStream(framing, mask)
      write({ at: since(), line, event: 'connected' })
      return {
        fromDevice(bytes) {
          for (const piece of stream.push({ at: since(), bytes }))
            write({ at: piece.at, line, from: 'device', hex: piece.bytes.toString('hex') })
        },
        fromGateway(bytes) {
          write({ at: since(), line, from: 'gateway', bytes: bytes.length })
        },
        ended() {
          for (const piece of stream.end()) write({ at: piece.at, line, from: 'device', hex: piece.bytes.toString('hex') })
          write({ at: since(), line, event: 'ended' })
        },
      }
    },
    close: () => out.close(),
  }
}

/** A new file, for its owner only. */
export function recordingFile(file: string): RecordingSink {
  const out = openNew(file)
  return { write: (line) => void writeSync(out, line), close: () => closeSync(out) }
}

function openNew(file: string): number {
  try {
    return openSync(file, 'wx', 0o600)
  } catch (cause) {
    throw new VafaError({
      key: 'sim.file',
      message: `cannot write ${file}: ${codeOf(cause) === 'EEXIST' ? 'it is there already' : messageOf(cause)}`,
      hint: 'name a new file: nothing is ever overwritten',
      cause,
    })
  }
}
