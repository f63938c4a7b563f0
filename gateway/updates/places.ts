import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { signedDocument, type VerifyingKey, verifyingKey } from '#protocol/signing.ts'
import { updateState } from '#protocol/update.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'

// What the box and whoever installs for it leave for each other. The box writes into its own folder and cannot write what
// it reads: the keys, and what became of a request.

/** What the box asks for: the very document that head office signed. The package lies beside it, by its hash. */
export const installRequest = z.object({ signed: signedDocument })
export const requestFile = (folder: string) => join(folder, 'request.json')
export const packageFile = (folder: string, sha256: string) => join(folder, `${sha256}.deb`)

/** What became of it: `outcome.json` of whoever installs. */
export const installOutcome = updateState.extend({ from: z.string() })
export type InstallOutcome = z.infer<typeof installOutcome>

const fileMax = 2_000_000

/**
 * A file's text. Links are not followed: who may write the folder must not have another's file read. Undefined where
 * there is none.
 */
export function readPlain(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    const stat = fstatSync(file)
    if (!stat.isFile() || stat.size > fileMax) throw new Error(`${path} is no file of less than ${fileMax} bytes`)
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

/** Whose signatures count for updates. Rejects where the file is not there: then the machine takes none. */
export function readUpdateKeys(file: string): VerifyingKey[] {
  try {
    return z
      .array(verifyingKey)
      .min(1)
      .max(10)
      .parse(JSON.parse(readPlain(file) ?? 'null'))
  } catch (error) {
    throw new VafaError({
      key: 'update.no-keys',
      message: `no key is trusted with updates on this machine: ${file}: ${messageOf(error)}`,
      hint: 'as root: `vafa gateway update-keys -c gateway.yaml --out /etc/vafa/update-keys.json`',
      cause: error,
    })
  }
}

/** The last outcome; undefined where nothing was ever installed so. */
export function readOutcome(file: string): InstallOutcome | undefined {
  try {
    return installOutcome.safeParse(JSON.parse(readPlain(file) ?? 'null')).data
  } catch {
    return undefined
  }
}
