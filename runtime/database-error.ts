import { codeOf, messageOf, VafaError } from './errors.ts'

/** Whether SQLite found the file itself to be broken: what lies in it is not what it wrote. */
export const isDamaged = (error: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error) ?? '')

/** The way out of a damaged database where its owner knows none of its own. */
const setAside = 'keep the file, with those beside it; restore a backup (docs/guides/when.md)'

/**
 * What SQLite threw, as an error that names the file and the way out: `database.damaged` where the file is broken, else
 * `database.unusable`. `whenDamaged`: what mends a database of this kind.
 */
export function databaseError(
  path: string,
  cause: unknown,
  { whenDamaged = setAside }: { whenDamaged?: string } = {},
): VafaError {
  const damaged = isDamaged(cause)
  return new VafaError({
    key: damaged ? 'database.damaged' : 'database.unusable',
    message: `cannot ${damaged ? 'read' : 'open'} the database ${path}: ${messageOf(cause)}`,
    hint: damaged ? whenDamaged : 'check that the folder exists, is writable and not full',
    cause,
  })
}

/** Runs `work`; whatever SQLite throws in it comes out as `databaseError`. */
export function namingDatabase<Result>(path: string, work: () => Result, options: { whenDamaged?: string } = {}): Result {
  try {
    return work()
  } catch (error) {
    if (codeOf(error)?.startsWith('SQLITE_')) throw databaseError(path, error, options)
    throw error
  }
}
