import { readFileSync } from 'node:fs'
import { createSecureContext, type Server } from 'node:tls'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { PagesConfig } from '../config.ts'

type Files = NonNullable<PagesConfig['tls']>

/** What the pages show of themselves, PEM. */
export interface PageCertificate {
  cert: Buffer
  key: Buffer
}

/** Throws where a file cannot be read, or the two do not belong together: somebody may be writing them just now. */
export function readPageCertificate({ certFile, keyFile }: Files): PageCertificate {
  const read = (file: string) => {
    try {
      return readFileSync(file)
    } catch (error) {
      throw new VafaError({
        key: 'secret.unreadable',
        message: `pages.tls: cannot read ${file}: ${messageOf(error)}`,
        hint: 'check the paths, and that the club’s user may read the files',
        cause: error,
      })
    }
  }
  const certificate = { cert: read(certFile), key: read(keyFile) }
  try {
    createSecureContext(certificate)
  } catch (error) {
    throw new VafaError({
      key: 'secret.unreadable',
      message: `pages.tls: ${certFile} and ${keyFile} are no certificate with its key: ${messageOf(error)}`,
      hint: 'both are PEM, the certificate with its chain',
      cause: error,
    })
  }
  return certificate
}

/** How a server takes a renewed certificate without losing a line: looks at the files, and says whether they hold another one. */
export function renewerOf(server: Server, { files, first }: { files: Files; first: PageCertificate }): () => boolean {
  let current = first
  return () => {
    const found = readPageCertificate(files)
    if (found.cert.equals(current.cert) && found.key.equals(current.key)) return false
    server.setSecureContext({ ...found, minVersion: 'TLSv1.3' })
    current = found
    return true
  }
}
