import { createHash } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { stateOf } from '../audit/audit.ts'
import { type Checkpoint, checkpointSchema, makeCheckpoint, readCheckpoint } from '../audit/checkpoint.ts'
import type { ProgrammeKey } from '../key-file.ts'
import { openSqliteEngine } from '../store/sqlite-engine.ts'
import { copyBooks } from '../store/sqlite-snapshot.ts'

/** What stands beside the copy of the books: what it must be, to the byte, and where the books stood. */
const manifest = z.strictObject({
  format: z.literal(1),
  club: z.string(),
  at: z.iso.datetime(),
  vafa: z.string(),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Signed where the club has the private key for programmes. */
  checkpoint: checkpointSchema.optional(),
  /** Head office's own file, where there is one. */
  office: z.strictObject({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }).optional(),
})
export type BackupManifest = z.infer<typeof manifest>

const booksIn = (folder: string) => join(folder, 'books.sqlite')
const officeIn = (folder: string) => join(folder, 'office.sqlite')
const manifestIn = (folder: string) => join(folder, 'manifest.json')

/**
 * Copies the books of a SQLite file into a new folder, as they stand at one instant, while the club goes on; then looks at
 * the copy itself. The folder is there as a whole or not at all. It holds no key: those are kept apart from it.
 */
export async function backupBooks(given: {
  path: string
  /** Head office's own file; it goes along where it is there. */
  officeFile: string
  folder: string
  key: ProgrammeKey
  vafa: string
  /** ISO 8601 */
  at: string
}): Promise<BackupManifest> {
  const { path, officeFile, folder, key, vafa, at } = given
  if (existsSync(folder))
    throw new VafaError({
      key: 'config.exists',
      message: `${folder} is there already`,
      hint: 'name a new folder: nothing is ever overwritten',
    })
  const half = `${folder}.half`
  rmSync(half, { recursive: true, force: true })
  mkdirSync(half, { recursive: true, mode: 0o700 })
  try {
    copyBooks(path, booksIn(half))
    const state = await standing(booksIn(half))
    checkWhole(booksIn(half))
    const office = existsSync(officeFile) ? officeIn(half) : undefined
    if (office !== undefined) {
      copyBooks(officeFile, office)
      checkWhole(office)
    }
    const signer = key.privateKey === undefined ? undefined : { ...key, privateKey: key.privateKey }
    const made: BackupManifest = {
      ...{ format: 1, club: state.club, at, vafa },
      bytes: statSync(booksIn(half)).size,
      sha256: await sha256Of(booksIn(half)),
      ...(office === undefined ? {} : { office: { bytes: statSync(office).size, sha256: await sha256Of(office) } }),
      ...(signer ? { checkpoint: makeCheckpoint(state, { key: signer, at }) } : {}),
    }
    writeFileSync(manifestIn(half), `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 })
    for (const file of [booksIn(half), ...(office === undefined ? [] : [office]), manifestIn(half), half]) sync(file)
    renameSync(half, folder)
    sync(dirname(folder))
    return made
  } catch (error) {
    rmSync(half, { recursive: true, force: true })
    throw error
  }
}

/**
 * Puts a backup in the place of books that are not there (any more). It is looked at first: its bytes by the manifest, the
 * database by SQLite, where it stands by the signed checkpoint. Throws a `VafaError` that names what is wrong; then
 * nothing was written.
 */
export async function restoreBooks(given: {
  folder: string
  path: string
  /** Head office's own file: one that is there is newer, and stays. */
  officeFile: string
  club: string
  key: ProgrammeKey
}): Promise<BackupManifest> {
  const { folder, path, officeFile, club, key } = given
  const left = ['', '-wal', '-shm'].map((end) => `${path}${end}`).find((file) => existsSync(file))
  if (left !== undefined)
    throw new VafaError({
      key: 'config.exists',
      message: `${left} is still there`,
      hint: 'move the old books (with -wal and -shm) to another place and keep them: what the backup lacks is in them',
    })
  const said = readManifest(folder)
  const wrong = (message: string) =>
    new VafaError({
      key: 'backup.damaged',
      message: `${folder}: ${message}`,
      hint: 'take an older backup; keep this one to look at',
    })
  if (said.club !== club)
    throw new VafaError({
      key: 'backup.foreign',
      message: `${folder} is a backup of the club “${said.club}”, not of “${club}”`,
      hint: 'name a backup of this club',
    })
  const source = booksIn(folder)
  if (!existsSync(source)) throw wrong('books.sqlite is missing')
  if (statSync(source).size !== said.bytes)
    throw wrong(`books.sqlite has ${statSync(source).size} bytes instead of ${said.bytes}`)
  if ((await sha256Of(source)) !== said.sha256) throw wrong('books.sqlite was changed: its SHA-256 is another')
  if (said.office && (await sha256Of(officeIn(folder)).catch(() => '')) !== said.office.sha256)
    throw wrong('office.sqlite is missing, or was changed: its SHA-256 is another')
  const checkpoint = said.checkpoint && readCheckpoint(JSON.stringify(said.checkpoint), { file: manifestIn(folder), key })
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const half = `${path}.restoring`
  rmSync(half, { force: true })
  try {
    copyFileSync(source, half)
    checkWhole(half)
    const state = await standing(half)
    if (checkpoint && !stoodAt(state, checkpoint)) throw wrong('the books do not stand where the signed checkpoint says')
    for (const file of [half, dirname(path)]) sync(file)
    if (said.office && !existsSync(officeFile)) {
      copyFileSync(officeIn(folder), officeFile)
      chmodSync(officeFile, 0o600)
      sync(officeFile)
    }
    renameSync(half, path)
    sync(dirname(path))
    return said
  } catch (error) {
    for (const end of ['', '-wal', '-shm']) rmSync(`${half}${end}`, { force: true })
    throw error
  }
}

type Standing = Awaited<ReturnType<typeof stateOf>>

async function standing(path: string): Promise<Standing> {
  const engine = openSqliteEngine(path)
  try {
    return await stateOf(engine)
  } finally {
    await engine.close()
  }
}

const stoodAt = ({ club, events, last }: Standing, checkpoint: Checkpoint): boolean =>
  club === checkpoint.club && events === checkpoint.events && last.seq === checkpoint.seq && last.chain === checkpoint.chain

/** SQLite's own look at every page and index. */
function checkWhole(path: string): void {
  const database = new Database(path)
  try {
    const found = database.pragma('integrity_check(3)', { simple: true })
    if (found !== 'ok')
      throw new VafaError({
        key: 'backup.damaged',
        message: `${basename(path)} is damaged: ${String(found)}`,
        hint: 'check the disk; take an older backup',
      })
    database.pragma('journal_mode = DELETE')
    database.pragma('journal_mode = WAL')
  } finally {
    database.close()
  }
}

function readManifest(folder: string): BackupManifest {
  const file = manifestIn(folder)
  try {
    return manifest.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    throw new VafaError({
      key: 'backup.invalid',
      message: `${file} is not the manifest of a backup: ${error instanceof z.ZodError ? 'it lacks what one has' : messageOf(error)}`,
      hint: 'name a folder that `vafa club backup FOLDER` made',
      cause: error,
    })
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

function sync(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
