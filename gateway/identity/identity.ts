import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { holdsBetween } from '#runtime/certificates.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'

/** Who a box is to its club; all PEM. */
export interface BoxIdentity {
  certificate: string
  privateKey: string
  /** Whom it trusts to be the club. */
  authority: string
}

/** Certificate and key stand in one file, so that they change together. */
const filesOf = (folder: string) => ({ own: join(folder, 'box.pem'), authority: join(folder, 'authority.pem') })

/** Throws `identity.absent`, with how to get one. */
export function readIdentity(folder: string): BoxIdentity {
  const files = filesOf(folder)
  try {
    const own = readFileSync(files.own, 'utf8')
    const privateKey = /-----BEGIN PRIVATE KEY-----[\s\S]*?-----END PRIVATE KEY-----\n?/.exec(own)?.[0]
    const certificate = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n?/.exec(own)?.[0]
    if (!privateKey || !certificate) throw new Error('it does not hold a key and a certificate')
    return { privateKey, certificate, authority: readFileSync(files.authority, 'utf8') }
  } catch (error) {
    throw new VafaError({
      key: 'identity.absent',
      message: `the box has no identity in ${folder}: ${messageOf(error)}`,
      hint: 'take a code from head office (`vafa club box code STORE`) and run `vafa gateway enrol CODE`',
      cause: error,
    })
  }
}

export const hasIdentity = (folder: string): boolean => existsSync(filesOf(folder).own)

/** Puts it in the place of the one before, as a whole or not at all. */
export function writeIdentity(folder: string, { certificate, privateKey, authority }: BoxIdentity): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const files = filesOf(folder)
  for (const [path, text] of [
    [files.authority, authority],
    [files.own, `${privateKey.trimEnd()}\n${certificate.trimEnd()}\n`],
  ] as const) {
    writeFileSync(`${path}.new`, text, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
}

/** Milliseconds since 1970: from when to when it holds. */
export const identityHolds = ({ certificate }: BoxIdentity) => holdsBetween(new X509Certificate(certificate))
