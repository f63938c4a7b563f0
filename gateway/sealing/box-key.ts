import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { type BoxKey, boxKeyOf } from './seal.ts'

/** What systemd's LoadCredential calls it (docs/operations.md). */
export const boxKeyCredential = 'vafa-box-key'

/**
 * Where the key of a box's database is: where the configuration says, else where the service manager has put it, else
 * beside the database.
 */
export function boxKeyFile(database: string, { configured }: { configured?: string | undefined } = {}): string {
  if (configured !== undefined) return configured
  const folder = process.env.CREDENTIALS_DIRECTORY
  const given = folder === undefined ? undefined : join(folder, boxKeyCredential)
  return given !== undefined && existsSync(given) ? given : `${database}.key`
}

/**
 * The keys in a file, 64 hexadecimal digits a line; the first is the current one. Undefined where there is no such
 * file. Throws `box-key.unreadable`.
 */
export function readBoxKeys(file: string): readonly [BoxKey, ...BoxKey[]] | undefined {
  if (!existsSync(file)) return undefined
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw unreadable(file, messageOf(error))
  }
  const lines = text.split('\n').flatMap((line) => line.trim() || [])
  if (!lines.every((line) => /^[0-9a-f]{64}$/.test(line))) throw unreadable(file, 'a line is not 64 hexadecimal digits')
  const [current, ...older] = lines.map((line) => boxKeyOf(Buffer.from(line, 'hex')))
  if (!current) throw unreadable(file, 'it is empty')
  return [current, ...older]
}

/** Makes a key, for its owner alone. It is on disk, and so is its name, before anything is sealed under it. */
export function makeBoxKey(file: string): readonly [BoxKey] {
  const bytes = randomBytes(32)
  write(file, [bytes.toString('hex')])
  return [boxKeyOf(bytes)]
}

/** Puts a fresh key before those that are there, as a whole or not at all; gives its id. */
export function addBoxKey(file: string): string {
  const known = readBoxKeys(file)
  if (!known) throw absentKey(file)
  const bytes = randomBytes(32)
  write(file, [
    bytes.toString('hex'),
    ...readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== ''),
  ])
  return boxKeyOf(bytes).keyid
}

export const absentKey = (file: string) =>
  new VafaError({
    key: 'box-key.absent',
    message: `the box’s database is sealed, and its key is not in ${file}`,
    hint: 'put the file back from where it went, or name it (`databaseKeyFile`; `--key` of `vafa gateway salvage`); nothing was changed. Without it no one can read what the box had not sent: move the database aside to begin anew',
  })

const unreadable = (file: string, reason: string) =>
  new VafaError({
    key: 'box-key.unreadable',
    message: `cannot read the key of the box’s database from ${file}: ${reason}`,
    hint: 'put the file back as it was, readable for the gateway’s user; nothing was changed',
  })

function write(file: string, lines: readonly string[]): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const fresh = `${file}.new`
  const descriptor = openSync(fresh, 'w', 0o600)
  writeFileSync(descriptor, `${lines.join('\n')}\n`)
  fsyncSync(descriptor)
  closeSync(descriptor)
  renameSync(fresh, file)
  const folder = openSync(dirname(file), 'r')
  fsyncSync(folder)
  closeSync(folder)
}
