import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { type CertifiedKey, makeAuthority } from './authority.ts'

/** What stands in the folder `trust.folder`. The private key of the authority is what a thief would want: mode 600. */
export const trustFiles = (folder: string) => ({
  certificate: join(folder, 'authority.pem'),
  privateKey: join(folder, 'authority-key.pem'),
  serverCertificate: join(folder, 'server.pem'),
  serverKey: join(folder, 'server-key.pem'),
  register: join(folder, 'register.sqlite'),
  ticketKeys: join(folder, 'ticket-keys'),
})

/** Makes the authority of a club in a new folder. Throws `config.exists` where there is one: it must not be lost. */
export async function initTrust(folder: string, { club, now }: { club: string; now: number }): Promise<CertifiedKey> {
  const files = trustFiles(folder)
  if (existsSync(files.certificate) || existsSync(files.privateKey))
    throw new VafaError({
      key: 'config.exists',
      message: `there is an authority in ${folder} already`,
      hint: 'every box trusts it: keep it, or name another folder and enrol all boxes anew',
    })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const made = await makeAuthority(club, now)
  writeFileSync(files.privateKey, made.privateKey, { mode: 0o600, flag: 'wx' })
  writeFileSync(files.certificate, made.certificate, { flag: 'wx' })
  return made
}

export const readAuthority = (folder: string): CertifiedKey => {
  const { certificate, privateKey } = trustFiles(folder)
  return { certificate: readPem(certificate), privateKey: readPem(privateKey) }
}

/** The server's own certificate as it was last issued; undefined before the first. */
export function readServer(folder: string): CertifiedKey | undefined {
  const { serverCertificate, serverKey } = trustFiles(folder)
  if (!existsSync(serverCertificate) || !existsSync(serverKey)) return undefined
  return { certificate: readPem(serverCertificate), privateKey: readPem(serverKey) }
}

export function writeServer(folder: string, { certificate, privateKey }: CertifiedKey): void {
  const { serverCertificate, serverKey } = trustFiles(folder)
  writeWhole(serverKey, privateKey)
  writeWhole(serverCertificate, certificate)
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new VafaError({
      key: 'trust.absent',
      message: `cannot read ${path}: ${messageOf(error)}`,
      hint: '`vafa club trust init -c club.yaml` makes the club’s authority; a lost one comes from the backup',
      cause: error,
    })
  }
}

/** Readable by nobody else, and whole or not at all. */
export function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
