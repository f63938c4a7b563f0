import { readProgrammeKey } from '#club/key-file.ts'
import { readProgramme, readSignedProgramme, signProgramme } from '#club/programmes/files.ts'
import type { Programme } from '#programme/schema.ts'
import { makeSigningKey } from '#protocol/signing.ts'
import { VafaError } from '#runtime/errors.ts'
import { writeNew } from './new-file.ts'

/** `vafa programme key --out FILE`: a new pair of keys in a private file; what stores need of it on standard output. */
export function makeKey(options: { out: string; keyid: string }): void {
  const key = makeSigningKey(options.keyid)
  writeNew(options.out, `${JSON.stringify(key, null, 2)}\n`, 0o600)
  process.stdout.write(`programmeKeys:\n  - { keyid: ${key.keyid}, publicKey: ${key.publicKey} }\n`)
}

/** `vafa programme sign FILE --key KEY --out SIGNED`: checks the rules, then signs them. */
export function sign(file: string, options: { key: string; out: string }): void {
  const { keyid, publicKey, privateKey } = readProgrammeKey(options.key)
  if (privateKey === undefined)
    throw new VafaError({
      key: 'secret.invalid',
      message: `${options.key} holds only the public part of the key “${keyid}”`,
      hint: 'sign where the private part is: the file that `vafa init` or `vafa programme key` wrote',
    })
  const { programme, signed } = signProgramme(readProgramme(file), { keyid, publicKey, privateKey })
  writeNew(options.out, `${JSON.stringify(signed, null, 2)}\n`, 0o644)
  process.stdout.write(`${options.out}: ${described(programme)}, signed with the key “${keyid}”\n`)
}

/** `vafa programme verify FILE --key KEY`: one line where it is signed with that key and is a programme; else an error. */
export function verify(file: string, options: { key: string }): void {
  const { programme, signed } = readSignedProgramme(file, readProgrammeKey(options.key))
  process.stdout.write(`${file}: ok, ${described(programme)}, signed with the key “${signed.keyid}”\n`)
}

const described = ({ id, version, inForceFrom }: Programme) =>
  `programme “${id}” version ${version}${inForceFrom === undefined ? '' : `, in force from ${inForceFrom}`}`
