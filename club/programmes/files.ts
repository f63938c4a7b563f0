import { readFileSync } from 'node:fs'
import { stringify } from 'yaml'
import { type Programme, parseProgramme, programmeSchema } from '#programme/schema.ts'
import { type SignedDocument, type SigningKey, signDocument, signedDocument, verifyDocument } from '#protocol/signing.ts'
import { checkConfig, readConfig } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import type { ProgrammeKey } from '../key-file.ts'

/** A programme and the text of it that boxes take. */
export interface SignedProgramme {
  programme: Programme
  signed: SignedDocument
}

/** A programme's text, for people: YAML. */
export type ProgrammeText = string

const howTo = '`vafa programme sign FILE --key KEY --out SIGNED` signs it'

/** Reads a programme in YAML. Throws a `VafaError` that names every wrong line. */
export function readProgramme(file: string): Programme {
  try {
    return readConfig(file, programmeSchema)
  } catch (error) {
    if (!(error instanceof VafaError) || error.key !== 'config.invalid') throw error
    const hint = 'mend the lines named; docs/programme.md shows every condition and effect'
    throw new VafaError({ key: 'programme.invalid', message: error.message, hint, cause: error })
  }
}

/** What is wrong with a text, or what it says. */
export const checkProgramme = (text: ProgrammeText) => checkConfig(text, programmeSchema)

/** As `readProgramme`, from text; `name` is what errors call it. */
export function programmeOfText(text: ProgrammeText, name: string): Programme {
  const checked = checkProgramme(text)
  if (checked.ok) return checked.data
  throw new VafaError({
    key: 'programme.invalid',
    message: checked.problems.map(({ line, path, message }) => `${name}:${line}: ${path}: ${message}`).join('\n'),
    hint: 'mend the lines named; docs/programme.md shows every condition and effect',
  })
}

/** The text of what a file holds, whether it is signed or not: signed ones hold JSON, which is made YAML. */
export function textOfProgramme(file: string, { programme }: SignedProgramme): ProgrammeText {
  return signedIn(file) ? stringify(programme) : readFileSync(file, 'utf8')
}

/** Signs a text here. Throws a `VafaError` where it is wrong, or there is no private key. */
export function signProgrammeText(text: ProgrammeText, name: string, key: ProgrammeKey): SignedProgramme {
  const programme = programmeOfText(text, name)
  const { keyid, publicKey, privateKey } = key
  if (privateKey !== undefined) return signProgramme(programme, { keyid, publicKey, privateKey })
  throw new VafaError({
    key: 'programme.unsigned',
    message: `${name} is not signed, and the club has no private key to sign it with`,
    hint: howTo,
  })
}

/** Throws a `VafaError` where the programme is larger than boxes take. */
export function signProgramme(programme: Programme, key: SigningKey): SignedProgramme {
  const signed = signedDocument.safeParse(signDocument(JSON.stringify(programme), key))
  if (signed.success) return { programme, signed: signed.data }
  throw new VafaError({
    key: 'programme.too-large',
    message: `programme “${programme.id}” version ${programme.version} is larger than a million characters of JSON`,
    hint: 'boxes take no larger one; join rules',
    cause: signed.error,
  })
}

/** Reads what `vafa programme sign` wrote. Throws a `VafaError` where it is not signed with `key`, or is no programme. */
export function readSignedProgramme(file: string, key: ProgrammeKey): SignedProgramme {
  const signed = signedIn(file)
  if (!signed) throw new VafaError({ key: 'programme.unsigned', message: `${file} is not a signed programme`, hint: howTo })
  const verdict = verifyDocument(signed, [key])
  if (verdict === 'key-unknown')
    throw new VafaError({
      key: 'programme.key-unknown',
      message: `${file} is signed with the key “${signed.keyid}”, not with “${key.keyid}”`,
      hint: `name that key’s file, or sign it anew: ${howTo}`,
    })
  if (verdict === 'forged')
    throw new VafaError({
      key: 'programme.forged',
      message: `the signature in ${file} is not that of the key “${key.keyid}”: the document was changed, or somebody else signed it`,
      hint: `find out who changed it, then sign it anew: ${howTo}`,
    })
  const parsed = programmeIn(signed.document)
  if (parsed.ok) return { programme: parsed.programme, signed }
  throw new VafaError({
    key: 'programme.invalid',
    message: `${file}: ${parsed.reason}`,
    hint: 'it is signed, but this version of Vafa does not understand it: mend the YAML that it was signed from',
  })
}

function programmeIn(document: string): ReturnType<typeof parseProgramme> {
  try {
    return parseProgramme(JSON.parse(document))
  } catch {
    return { ok: false, reason: 'the document is not JSON' }
  }
}

/** Reads a programme for the club: signed already, or YAML that is signed here. Throws a `VafaError`. */
export function readClubProgramme(file: string, key: ProgrammeKey): SignedProgramme {
  if (signedIn(file)) return readSignedProgramme(file, key)
  const programme = readProgramme(file)
  const { keyid, publicKey, privateKey } = key
  if (privateKey !== undefined) return signProgramme(programme, { keyid, publicKey, privateKey })
  throw new VafaError({
    key: 'programme.unsigned',
    message: `${file} is not signed, and the club has no private key to sign it with`,
    hint: howTo,
  })
}

/** Undefined where the file is something else, or cannot be read: whoever reads it as YAML then says so. */
function signedIn(file: string): SignedDocument | undefined {
  try {
    return signedDocument.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data
  } catch {
    return undefined
  }
}
