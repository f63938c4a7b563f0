import { backupBooks, restoreBooks } from '#club/backup/backup.ts'
import { type ClubConfig, readClubConfig } from '#club/config.ts'
import { holdControl } from '#club/control.ts'
import { readProgrammeKey } from '#club/key-file.ts'
import packageJson from '#package' with { type: 'json' }
import { VafaError } from '#runtime/errors.ts'
import { called } from '../called.ts'

/** `vafa club backup FOLDER`: the books as they stand now, beside the running club. */
export async function backup(folder: string, { config: file }: { config: string }): Promise<void> {
  const config = readClubConfig(file)
  const path = sqliteOf(config)
  const key = readProgrammeKey(config.programmeKeyFile)
  const made = await backupBooks({
    path,
    officeFile: config.officeFile,
    folder,
    key,
    vafa: packageJson.version,
    at: new Date().toISOString(),
  })
  const { checkpoint } = made
  process.stdout.write(`${folder}: the books of ${made.club} at ${made.at}, ${made.bytes} bytes${
    checkpoint ? `, ${checkpoint.events} events, signed` : ', not signed: the private key for programmes is not here'
  }
Keep secrets/, ${config.erasedFile}${config.trust ? ` and ${config.trust.folder}` : ''} apart from it, each with a newest copy of its own: they do not stand in a backup.
`)
}

/** `vafa club restore FOLDER`: the club must be at rest and its old books moved away. */
export async function restore(folder: string, { config: file }: { config: string }): Promise<void> {
  const config = readClubConfig(file)
  const path = sqliteOf(config)
  const control = await holdControl(config.control)
  try {
    const key = readProgrammeKey(config.programmeKeyFile)
    const said = await restoreBooks({ folder, path, officeFile: config.officeFile, club: config.club, key })
    process.stdout.write(`${path}: the books of ${said.club} as they stood at ${said.at}${
      said.checkpoint ? `, ${said.checkpoint.events} events, as signed` : ''
    }
Check them (${called} club audit -c ${file}), then start the club. Who asked to be forgotten since is forgotten again at the start
(${config.erasedFile}); sales since then are asked of the boxes again, which keep them for 30 days.
`)
  } finally {
    await control.close()
  }
}

function sqliteOf({ database }: ClubConfig): string {
  if (typeof database === 'string') return database
  throw new VafaError({
    key: 'backup.server',
    message: `the books are in PostgreSQL at ${database.postgres.host}: they are backed up there`,
    hint: 'use pg_dump or the server’s own archive (docs/operations.md)',
  })
}
