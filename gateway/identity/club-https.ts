import { X509Certificate } from 'node:crypto'
import { request } from 'node:https'
import type { z } from 'zod'
import { enrolmentRefusal } from '#protocol/enrolment.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'

/** Bytes of an answer. */
const answerMax = 200_000
const patienceMs = 15_000

/**
 * One question to the club's enrolment port, TLS 1.3. `authority`: whom the certificate must be of; without it nothing is
 * checked, and nothing of the answer may be trusted but what can be checked by itself. Rejects with a `VafaError`; what
 * the club refuses keeps the club's key, message and hint.
 */
export async function askClub<T>(options: {
  url: URL
  answer: z.ZodType<T>
  body?: object
  authority?: string
  own?: { certificate: string; privateKey: string }
}): Promise<T> {
  const { url, answer, body, authority, own } = options
  const { status, text } = await exchange(options).catch((error: unknown) => {
    throw unreachable(url, error)
  })
  const json = parse(text)
  if (status >= 400) {
    const refusal = enrolmentRefusal.safeParse(json)
    throw new VafaError({
      key: refusal.data?.key ?? 'enrolment.refused',
      message: refusal.data?.message ?? `${url.host} answered with status ${status}`,
      hint: refusal.data?.hint ?? 'is this the enrolment port of the club (`trust.enrolment` in club.yaml)?',
      permanent: status < 500 && status !== 429,
    })
  }
  const read = answer.safeParse(json)
  if (read.success) return read.data
  throw new VafaError({
    key: 'enrolment.answer',
    message: `${url.host} did not answer as a club does`,
    hint: 'is this the enrolment port of the club, and the same Vafa there?',
  })

  async function exchange(_: unknown): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const asked = request(
        url,
        {
          method: body === undefined ? 'GET' : 'POST',
          minVersion: 'TLSv1.3',
          agent: false,
          timeout: patienceMs,
          ...(authority === undefined ? { rejectUnauthorized: false } : { ca: authority }),
          ...(own ? { cert: own.certificate, key: own.privateKey } : {}),
          ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' } }),
        },
        (response) => {
          const chunks: Buffer[] = []
          let bytes = 0
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length
            if (bytes > answerMax) asked.destroy(new Error('the answer is too long'))
            else chunks.push(chunk)
          })
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }))
          response.on('error', reject)
        },
      )
      asked.on('timeout', () => asked.destroy(new Error(`no answer within ${patienceMs / 1_000} s`)))
      asked.on('error', reject)
      asked.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const hints: Record<string, string> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'reach the club by one of the names in `trust.names` of club.yaml, or add this one there',
  CERT_NOT_YET_VALID: 'this machine’s clock is behind: set it (timedatectl), then try again',
  CERT_HAS_EXPIRED: 'is this machine’s clock right? else the club’s own certificate ran out: start the club again',
  ECONNREFUSED: 'is the club running, and is its enrolment port (`trust.enrolment`) open to this machine?',
}

const unreachable = (url: URL, error: unknown) =>
  new VafaError({
    key: 'enrolment.unreachable',
    message: `cannot enrol at ${url.host}: ${messageOf(error) || codeOf(error)}`,
    hint: hints[codeOf(error) ?? ''] ?? 'check the address, the network and the clock',
    permanent: false,
    cause: error,
  })

/** The one certificate of a PEM text, or undefined. */
export function certificateIn(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}
