import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadX509 } from '#runtime/certificates.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import type { Authority, CertifiedKey } from './authority.ts'
import type { BoxCertificate } from './register.ts'

/** What the club keeps current for a broker that is not its own. */
export const brokerFiles = (folder: string) => ({
  authority: join(folder, 'authority.pem'),
  certificate: join(folder, 'server.pem'),
  privateKey: join(folder, 'server-key.pem'),
  revoked: join(folder, 'revoked.pem'),
})

/** A list of the future is not valid yet to a broker whose clock is behind. */
const clockSlackMs = 5 * 60_000

/**
 * Brings the broker's certificate, and the list of those that were revoked, up to date. Files that are right already
 * stay as they are, so that a broker that watches them reads nothing twice.
 */
export async function refreshBrokerFolder(given: {
  folder: string
  authority: Authority
  server: CertifiedKey
  certificates: readonly BoxCertificate[]
  now: number
}): Promise<void> {
  const { folder, authority, server, certificates, now } = given
  const files = brokerFiles(folder)
  // Those that have run out are refused without a list.
  const serials = certificates
    .filter(({ revokedAt, expiresAt }) => revokedAt !== undefined && Date.parse(expiresAt) > now)
    .map(({ serial }) => serial)
  const last = existsSync(files.revoked) ? await readList(files.revoked) : undefined
  const listed = last !== undefined && last.serials.size === serials.length && serials.every((one) => last.serials.has(one))
  // OpenSSL keeps the lists that it has read, and goes by the one whose date is later: never two of one second.
  const at = Math.max(now - clockSlackMs, (last?.at ?? 0) + 1_000)
  try {
    put(files.authority, authority.certificate, 0o644)
    put(files.privateKey, server.privateKey, 0o640)
    put(files.certificate, server.certificate + authority.certificate, 0o644)
    if (!listed) put(files.revoked, await authority.listRevoked({ serials, at }), 0o644)
  } catch (error) {
    throw new VafaError({
      key: 'broker.folder',
      message: `cannot write the broker's files in ${folder}: ${messageOf(error)}`,
      hint:
        codeOf(error) === 'ENOENT'
          ? '`vafa club broker-config mosquitto --out FOLDER` makes the folder; name it as `broker.mosquitto.files`'
          : 'the club’s user must be able to write there',
      cause: error,
    })
  }
}

/** Undefined for what is no list: it is written anew. */
async function readList(path: string): Promise<{ serials: Set<string>; at: number } | undefined> {
  const { X509Crl } = await loadX509()
  try {
    const list = new X509Crl(readFileSync(path, 'utf8'))
    const serials = new Set(list.entries.map(({ serialNumber }) => serialNumber.toLowerCase()))
    return { serials, at: list.thisUpdate.getTime() }
  } catch {
    return undefined
  }
}

function put(path: string, text: string, mode: number): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  // Whatever the umask of the club's unit: the broker is another user of the folder's group.
  chmodSync(`${path}.new`, mode)
  renameSync(`${path}.new`, path)
}
