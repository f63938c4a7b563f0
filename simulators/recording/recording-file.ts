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

/** Makes a new file, for its owner only. Throws `sim.file` where it cannot. */
export function openRecordingFile(options: {
  file: string
  device: string
  driver: string
  /** Milliseconds that never go back. */
  now(): number
  started: Date
}): RecordingFile {
  const { file, device, driver, now, started } = options
  const out = openNew(file)
  const begin = now()
  const head: RecordingHead = { vafa: 'recording', version: 1, device, driver, started: started.toISOString() }
  writeSync(out, `${JSON.stringify(head)}\n`)
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
      writeSync(out, `${JSON.stringify(entry)}\n`)
    },
    close() {
      if (open) closeSync(out)
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
