import { renewalAnswer } from '#protocol/enrolment.ts'
import { makeSigningRequest } from '#runtime/certificates.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import { askClub } from './club-https.ts'
import { type BoxIdentity, identityHolds, readIdentity, writeIdentity } from './identity.ts'

const hour = 3_600_000

/** Asks for a certificate over a fresh key, showing the one that it has, and puts it in its place. */
export async function renewIdentity({ folder, url }: { folder: string; url: URL }): Promise<BoxIdentity> {
  const own = readIdentity(folder)
  const { privateKey, csr } = await makeSigningRequest('vafa box')
  const { certificate } = await askClub({
    url: new URL('/v1/renewal', url),
    answer: renewalAnswer,
    body: { csr },
    authority: own.authority,
    own,
  })
  const renewed = { certificate, privateKey, authority: own.authority }
  writeIdentity(folder, renewed)
  return renewed
}

/**
 * When to renew: with a third of its time left, or at once where that has passed. Spread over a tenth of its time, since
 * many boxes are enrolled on one day.
 */
export function renewalDue(identity: BoxIdentity, { random }: { random: number }): number {
  const { from, until } = identityHolds(identity)
  const whole = until - from
  return until - whole / 3 - random * (whole / 10)
}

/**
 * Keeps the box's certificate fresh, by itself: at the start where it is due, then as time goes by. Where it cannot be
 * renewed the reason is logged and it is tried again in an hour.
 */
export function keepIdentityFresh(options: {
  folder: string
  url: URL
  runtime: Runtime
  log: Logger
  onRenewed(identity: BoxIdentity): void
}): { close(): void } {
  const { folder, url, runtime, log } = options
  const random = runtime.random()
  let closed = false
  let cancel: Cancel = () => {}
  const later = (ms: number) => {
    if (!closed) cancel = runtime.after(Math.min(Math.max(ms, 0), 12 * hour), look)
  }
  const look = () => {
    const due = renewalDue(readIdentity(folder), { random }) - runtime.now()
    if (due > 0) return later(due)
    renewIdentity({ folder, url }).then(
      (identity) => {
        log.info({ until: new Date(identityHolds(identity).until).toISOString() }, 'the box has a fresh certificate')
        if (!closed) options.onRenewed(identity)
        later(hour)
      },
      (error: unknown) => {
        log.warn({ reason: messageOf(error) }, 'the certificate was not renewed; it is tried again in an hour')
        later(hour)
      },
    )
  }
  later(0)
  return {
    close() {
      closed = true
      cancel()
    },
  }
}
