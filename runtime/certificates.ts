import type { webcrypto, X509Certificate } from 'node:crypto'

/**
 * Certificates of EC P-256 keys (X.509), by @peculiar/x509; it loads when the first is made. Reading is Node's own.
 */
export const certificateAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** The library, with what it needs to be loaded before it. */
export async function loadX509() {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

export interface KeyWithRequest {
  /** PKCS #8, PEM: it never leaves the machine. */
  privateKey: string
  /** PKCS #10, PEM. */
  csr: string
}

/** A fresh key pair and the request to certify it. `commonName` is for people who look at it. */
export async function makeSigningRequest(commonName: string): Promise<KeyWithRequest> {
  const x509 = await loadX509()
  const keys = await crypto.subtle.generateKey(certificateAlgorithm, true, ['sign', 'verify'])
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: certificateAlgorithm,
  })
  return { privateKey: await privatePem(keys.privateKey), csr: request.toString('pem') }
}

export async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`
}

/** URIs among a certificate's alternative names. A name with a comma or a quote is none of ours. */
export const urisOf = (certificate: X509Certificate): string[] =>
  (certificate.subjectAltName ?? '')
    .split(', ')
    .filter((one) => one.startsWith('URI:'))
    .map((one) => one.slice('URI:'.length))

/** From when until when a certificate holds, milliseconds since 1970. */
export const holdsBetween = (certificate: X509Certificate): { from: number; until: number } => ({
  from: Date.parse(certificate.validFrom),
  until: Date.parse(certificate.validTo),
})

/** Whether `authority` has signed it. */
export const isSignedBy = (certificate: X509Certificate, authority: X509Certificate): boolean =>
  certificate.checkIssued(authority) && certificate.verify(authority.publicKey)

/** A serial number in the form in which it is kept: lower-case hexadecimal. */
export const serialOf = (certificate: X509Certificate): string => certificate.serialNumber.toLowerCase()
