import { readFileSync, writeFileSync } from 'node:fs'
import { readClubConfig } from '#club/config.ts'
import type { Rejected } from '#club/lists/sheet.ts'
import { writtenRejects } from '#club/lists/written.ts'
import { readRing, tokenKeyOf } from '#club/token-keys/ring.ts'
import type { TokenKey } from '#protocol/credentials.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'

/** Says what was taken of a list, and writes what was not beside it with its reasons. */
export function report(file: string, taken: string, rejected: readonly Rejected[]): void {
  if (rejected.length === 0) {
    process.stdout.write(`${file}: ${taken}\n`)
    return
  }
  const beside = `${file}.rejected.csv`
  writeFileSync(beside, writtenRejects(rejected), { mode: 0o600 })
  process.stdout.write(`${file}: ${taken}; ${rejected.length} line${rejected.length === 1 ? '' : 's'} rejected, see ${beside}\n`)
  process.exitCode = 1
}

/** A list's text. Throws `list.unreadable`. */
export function readList(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    throw new VafaError({
      key: 'list.unreadable',
      message: `cannot read ${file}: ${messageOf(error)}`,
      hint: 'save the list as CSV in UTF-8',
      cause: error,
    })
  }
}

/** Numbers of cards and mobiles become tokens here, as they do at a till. */
export function neededTokenKey(file: string): TokenKey {
  const { tokenKey } = readClubConfig(file)
  if (!tokenKey)
    throw new VafaError({
      key: 'config.token-key',
      message: `${file} names no tokenKey`,
      hint: 'add `tokenKey: { keyid, secretFile }` with the key that the stores have: without it no till would know these cards',
    })
  return tokenKeyOf(readRing(tokenKey))
}
