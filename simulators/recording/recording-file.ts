import { closeSync, openSync, writeSync } from 'node:fs'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import type { RecordingEntry, RecordingHead } from './format.ts'

/** A recording while it is made. */
export interface RecordingFile {
  /** Milliseconds since it began. */
  since(): number
  write(entry: RecordingEntry): void
  /** How many entries were written. */
  readonly entries: number
  close(): void
}

/** Where a recording's lines go. */
export interface RecordingSink {
  write(line: string): void
  close(): void
}

/** Makes a new file, for its owner only. Throws `sim.file` where it cannot. */
export const openRecordingFile = ({ file, ...head }: { file: string } & RecordingStart): RecordingFile => {
  const out = openNew(file)
  return startRecording({ write: (line) => void writeSync(out, line), close: () => closeSync(out) }, head)
}

interface RecordingStart {
  device: string
  driver: string
  /** Milliseconds that never go back. */
  now(): number
  started: Date
}

export function startRecording(to: RecordingSink, { device, driver, now, started }: RecordingStart): RecordingFile {
  const begin = now()
  const head: RecordingHead = { vafa: 'recording', version: 1, device, driver, started: started.toISOString() }
  to.write(`${JSON.stringify(head)}\n`)
  let entries = 0
  let open = true
  return {
    since: () => Math.round(now() - begin),
    get entries() {
      return entries
    },
    write(entry) {
      if (!open) return
      entries += 1
      to.write(`${JSON.stringify(entry)}\n`)
    },
    close() {
      if (open) to.close()
      open = false
    },
  }
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
