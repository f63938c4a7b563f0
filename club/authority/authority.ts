import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { boxUri, clubCommonName, clubUri } from '#protocol/enrolment.ts'
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
  /** The club as a client of a broker that is not its own, over a fresh key. */
  certifyClub(given: { club: string; now: number }): Promise<CertifiedKey>
  /** A list of revoked certificates (PEM). `at`: milliseconds; of two lists readers go by the later one, to the second. */
  listRevoked(given: { serials: readonly string[]; at: number }): Promise<string>
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

  const certifyOwn = async (given: Omit<Parameters<typeof certify>[0], 'publicKey' | 'days'>): Promise<CertifiedKey> => {
    const keys = await crypto.subtle.generateKey(certificateAlgorithm, true, ['sign', 'verify'])
    const { certificate } = await certify({ ...given, publicKey: keys.publicKey, days: serverDays })
    return { certificate, privateKey: await privatePem(keys.privateKey) }
  }

  return {
    certificate,
    async certifyBox({ csr, club, store, now }) {
      const publicKey = await requestedKey(csr)
      const names = [{ type: 'url' as const, value: boxUri(club, store) }]
      return certify({ subject: store, publicKey, names, usage: x509.ExtendedKeyUsage.clientAuth, days: boxDays, now })
    },
    certifyServer: ({ names, now }) =>
      certifyOwn({
        subject: names[0] ?? 'club',
        names: names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
        usage: x509.ExtendedKeyUsage.serverAuth,
        now,
      }),
    certifyClub: ({ club, now }) =>
      certifyOwn({
        subject: clubCommonName(club),
        names: [{ type: 'url', value: clubUri(club) }],
        usage: x509.ExtendedKeyUsage.clientAuth,
        now,
      }),
    async listRevoked({ serials, at }) {
      const list = await x509.X509CrlGenerator.create({
        issuer: issuer.subject,
        thisUpdate: new Date(at),
        // A list that ran out would shut every box out: it holds as long as the authority does.
        nextUpdate: issuer.notAfter,
        entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: new Date(at) })),
        extensions: [
          await x509.AuthorityKeyIdentifierExtension.create(issuer),
          new x509.Extension(crlNumberOid, false, derInteger(Math.floor(at / 1_000))),
        ],
        signingKey,
        signingAlgorithm: certificateAlgorithm,
      })
      // The library labels it “CRL”, which OpenSSL does not know.
      return `${list.toString('pem').replaceAll(' CRL-----', ' X509 CRL-----').trimEnd()}\n`
    },
  }
}

/** RFC 5280, section 5.2.3. */
const crlNumberOid = '2.5.29.20'

/** A positive whole number, in DER. */
function derInteger(value: number): Uint8Array<ArrayBuffer> {
  const hex = value.toString(16)
  const digits = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  const content = (digits[0] ?? 0) > 0x7f ? [0, ...digits] : [...digits]
  return Uint8Array.from([0x02, content.length, ...content])
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
