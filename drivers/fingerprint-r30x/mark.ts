import { createHash } from 'node:crypto'
import { notepadBytes } from './commands.ts'

/** The last page of the notepad: makers' own tools write the first ones. */
export const markPage = 15

const magic = Buffer.from('vafa\x01', 'latin1')
const checkBytes = notepadBytes - magic.length - 16

/**
 * The sensor's epoch (a UUID) as it stands on the notepad: which library this is. A library that is emptied gets a new
 * one, so that slot 17 of before is nobody's afterwards.
 */
export function encodeMark(epoch: string): Buffer {
  const id = Buffer.from(epoch.replaceAll('-', ''), 'hex')
  return Buffer.concat([magic, id, checkOf(id)])
}

/** The epoch of a notepad's page; undefined where there is none, or where it is damaged. */
export function decodeMark(content: Uint8Array): string | undefined {
  const bytes = Buffer.from(content)
  if (bytes.length !== notepadBytes || !bytes.subarray(0, magic.length).equals(magic)) return undefined
  const id = bytes.subarray(magic.length, magic.length + 16)
  if (!bytes.subarray(magic.length + 16).equals(checkOf(id))) return undefined
  return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const checkOf = (id: Buffer): Buffer => createHash('sha256').update(magic).update(id).digest().subarray(0, checkBytes)
