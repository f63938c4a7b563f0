import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { boxUri } from '#protocol/enrolment.ts'
import { certificateAlgorithm, loadX509, privatePem } from '#runtime/certificates.ts'
import { VafaError } from '#runtime/errors.ts'

const day = 86_400_000
/** A clock that is a little ahead of the club's must not find a fresh certificate to be of the future. */
const clockSlackMs = 5 * 60_000

const authorityDays = 20 * 365
/** A box's certificate; it is renewed when a third of that is left. */
export const boxDays = 90
export const serverDays = 365

/** A certificate with its private key, both PEM. */
export interface CertifiedKey {
  certificate: string
  privateKey: string
}

/** What the club's authority signs with, held in memory while the club runs. */
export interface Authority {
  /** PEM. */
  readonly certificate: string
  /** What makes a box: only the public key is taken from its request. Throws `enrolment.request` for what is no such request. */
  certifyBox(given: { csr: string; club: string; store: string; now: number }): Promise<IssuedCertificate>
  /** The club's own, for the names and addresses by which boxes know it. */
  certifyServer(given: { names: readonly string[]; now: number }): Promise<CertifiedKey>
}

export interface IssuedCertificate {
  /** PEM. */
  certificate: string
  /** Lower-case hexadecimal. */
  serial: string
  /** Milliseconds since 1970. */
  until: number
}

/** Positive, as DER integers of a serial number must be, and not to be guessed. */
function newSerial(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}

/** With the line end that lets texts stand one after another. */
const pemOf = (certificate: { toString(format: 'pem'): string }): string => `${certificate.toString('pem').trimEnd()}\n`

/** A new authority for a club: it certifies nothing but the club itself and its boxes. */
export async function makeAuthority(club: string, now: number): Promise<CertifiedKey> {
  const x509 = await loadX509()
  const keys = await crypto.subtle.generateKey(certificateAlgorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [`Vafa club ${club}`] }],
    notBefore: new Date(now - clockSlackMs),
    notAfter: new Date(now + authorityDays * day),
    keys,
    signingAlgorithm: certificateAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate: pemOf(certificate), privateKey: await privatePem(keys.privateKey) }
}

/** Throws where the two do not belong together. */
export async function openAuthority({ certificate, privateKey }: CertifiedKey): Promise<Authority> {
  const key = createPrivateKey(privateKey)
  if (!new X509Certificate(certificate).checkPrivateKey(key))
    throw new VafaError({
      key: 'secret.invalid',
      message: "the authority's private key is not that of its certificate",
      hint: 'restore both from the same backup',
    })
  const x509 = await loadX509()
  const issuer = new x509.X509Certificate(certificate)
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' })
  const signingKey = await crypto.subtle.importKey('pkcs8', pkcs8, certificateAlgorithm, false, ['sign'])

  const certify = async (given: {
    subject: string
    publicKey: Parameters<typeof x509.SubjectKeyIdentifierExtension.create>[0]
    names: { type: 'dns' | 'ip' | 'url'; value: string }[]
    usage: string
    days: number
    now: number
  }): Promise<IssuedCertificate> => {
    const serial = newSerial()
    const until = given.now + given.days * day
    const made = await x509.X509CertificateGenerator.create({
      serialNumber: serial,
      subject: [{ CN: [given.subject] }],
      issuer: issuer.subject,
      notBefore: new Date(given.now - clockSlackMs),
      notAfter: new Date(until),
      publicKey: given.publicKey,
      signingKey,
      signingAlgorithm: certificateAlgorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([given.usage]),
        new x509.SubjectAlternativeNameExtension(given.names),
        await x509.SubjectKeyIdentifierExtension.create(given.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ],
    })
    return { certificate: pemOf(made), serial, until }
  }

  return {
    certificate,
    async certifyBox({ csr, club, store, now }) {
      const publicKey = await requestedKey(csr)
      const names = [{ type: 'url' as const, value: boxUri(club, store) }]
      return certify({ subject: store, publicKey, names, usage: x509.ExtendedKeyUsage.clientAuth, days: boxDays, now })
    },
    async certifyServer({ names, now }) {
      const keys = await crypto.subtle.generateKey(certificateAlgorithm, true, ['sign', 'verify'])
      const { certificate } = await certify({
        subject: names[0] ?? 'club',
        publicKey: keys.publicKey,
        names: names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
        usage: x509.ExtendedKeyUsage.serverAuth,
        days: serverDays,
        now,
      })
      return { certificate, privateKey: await privatePem(keys.privateKey) }
    },
  }
}

/** The key that a request asks to certify, once its signature has shown that the asker holds the private one. */
async function requestedKey(csr: string) {
  const x509 = await loadX509()
  try {
    const request = new x509.Pkcs10CertificateRequest(csr)
    const { algorithm } = request.publicKey
    const curve = 'namedCurve' in algorithm ? algorithm.namedCurve : undefined
    if (algorithm.name === 'ECDSA' && curve === 'P-256' && (await request.verify())) return request.publicKey
  } catch {
    // Whatever it is, it is no request.
  }
  throw new VafaError({
    key: 'enrolment.request',
    message: 'this is no signing request (PKCS #10) of an EC P-256 key, signed with that key',
    hint: '`vafa gateway enrol` makes one',
  })
}
