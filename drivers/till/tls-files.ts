import { readFileSync } from 'node:fs'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'

export interface TlsFiles {
  certFile: string
  keyFile: string
  /** Who must have signed the certificates of those who connect. */
  clientCaFile?: string | undefined
}

/** Certificate and key as Node's servers take them; an error names the file that cannot be read. */
export function readTls(tls: TlsFiles | undefined, beside: (path: string) => string) {
  if (!tls) return undefined
  const read = (path: string): Buffer => {
    const file = beside(path)
    try {
      return readFileSync(file)
    } catch (error) {
      throw new VafaError({
        key: 'device.denied',
        message: `cannot read ${file}: ${codeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error)}`,
        hint: 'check the paths under `tls`, and that the gateway’s user may read the files',
        permanent: false,
        cause: error,
      })
    }
  }
  return {
    cert: read(tls.certFile),
    key: read(tls.keyFile),
    ...(tls.clientCaFile === undefined ? {} : { ca: read(tls.clientCaFile), requestCert: true, rejectUnauthorized: true }),
  }
}
