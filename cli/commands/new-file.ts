import { writeFileSync } from 'node:fs'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'

/** Writes a file that is not there yet: nothing is ever overwritten. */
export function writeNew(file: string, text: string, mode: number): void {
  try {
    writeFileSync(file, text, { mode, flag: 'wx' })
  } catch (error) {
    const there = codeOf(error) === 'EEXIST'
    throw new VafaError({
      key: there ? 'config.exists' : 'config.unwritable',
      message: there ? `${file} is there already` : `cannot write ${file}: ${messageOf(error)}`,
      hint: there ? 'name a new file: nothing is ever overwritten' : 'check the path and who may write there',
      cause: error,
    })
  }
}
