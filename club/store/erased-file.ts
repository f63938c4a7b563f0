import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { messageOf, VafaError } from '#runtime/errors.ts'

/**
 * Ids of members who asked to be forgotten, one a line, beside the database and not in it: a restored older backup
 * forgets them again. A last line that a power cut left half is no id and is not obeyed; its erasure was not answered yet.
 */
export function openErasedFile(path: string) {
  return {
    ids: (): string[] => {
      try {
        return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(isId) : []
      } catch (error) {
        throw unusable(path, error)
      }
    },
    /** Resolves when it is on disk. */
    add(ids: readonly string[]): void {
      try {
        const fresh = !existsSync(path)
        const file = openSync(path, 'a', 0o600)
        try {
          // After a line that was cut off, the next one begins anew.
          writeSync(file, `${endsInLine(path) ? '' : '\n'}${ids.join('\n')}\n`)
          fsyncSync(file)
        } finally {
          closeSync(file)
        }
        if (fresh) syncFolder(dirname(path))
      } catch (error) {
        throw unusable(path, error)
      }
    },
  }
}

const isId = (line: string) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(line)
const endsInLine = (path: string) => /(^|\n)$/.test(readFileSync(path, 'utf8'))

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  fsyncSync(folder)
  closeSync(folder)
}

const unusable = (path: string, error: unknown) =>
  new VafaError({
    key: 'erased.unusable',
    message: `the list of erased members ${path} cannot be used: ${messageOf(error)}`,
    hint: 'it belongs beside the database and must be writable: without it a restored backup would bring erased people back',
    permanent: false,
    cause: error,
  })
