import { authorityAnswer, type EnrolmentAnswer, enrolmentAnswer, pinOf, readCode } from '#protocol/enrolment.ts'
import { makeSigningRequest } from '#runtime/certificates.ts'
import { VafaError } from '#runtime/errors.ts'
import { askClub, certificateIn } from './club-https.ts'

export interface Enrolled extends EnrolmentAnswer {
  /** PEM; it was made here. */
  privateKey: string
}

/**
 * Makes this machine one of the club's: a key pair of its own, and a certificate for it against a one-time code. Whom it
 * talks to it knows by the code's pin. Rejects with a `VafaError`; a wrong or used code is permanent.
 */
export async function enrolBox({ code: typed, club: url }: { code: string; club: URL }): Promise<Enrolled> {
  const code = readCode(typed)
  if (!code)
    throw new VafaError({
      key: 'enrolment.code-unreadable',
      message: `“${typed}” is not an enrolment code`,
      hint: 'it has six groups of five letters and digits; compare it with what head office gave out',
    })
  const { authority } = await askClub({ url: new URL('/v1/authority', url), answer: authorityAnswer })
  const certificate = certificateIn(authority)
  if (!certificate || pinOf(certificate.publicKey) !== code.pin)
    throw new VafaError({
      key: 'enrolment.other-club',
      message: `who answers at ${url.host} is not the club that gave out this code`,
      hint: 'check the address and the code’s last four groups; if both are right, somebody stands in between: tell head office',
    })
  const { privateKey, csr } = await makeSigningRequest('vafa box')
  const answer = await askClub({
    url: new URL('/v1/enrolment', url),
    answer: enrolmentAnswer,
    body: { secret: code.secret, csr },
    authority,
  })
  return { ...answer, authority, privateKey }
}
