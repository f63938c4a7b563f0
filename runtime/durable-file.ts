import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Puts a file in the place of the one before: as a whole, or not at all, whenever the power goes. `mode` of a new file;
 * for its owner only where it is left out.
 */
export function writeDurably(path: string, text: string, mode = 0o600): void {
  const fresh = `${path}.new`
  const file = openSync(fresh, 'w', mode)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(fresh, path)
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
