import { X509Certificate } from 'node:crypto'
import { pinOf, storeOfUri, writeCode } from '#protocol/enrolment.ts'
import { holdsBetween, isSignedBy, serialOf, urisOf } from '#runtime/certificates.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import { type Authority, type CertifiedKey, openAuthority } from './authority.ts'
import { refreshBrokerFolder } from './broker-folder.ts'
import { readAuthority, readServer, trustFiles, writeServer } from './files.ts'
import { type BoxCertificate, openRegister } from './register.ts'
import { currentTicketKeys } from './ticket-keys.ts'

const day = 86_400_000
/** The server's own certificate is made anew when it holds no longer than this. */
const serverRenewMs = 60 * day
const checkMs = 6 * 3_600_000

/** What head office does about its boxes. */
export interface TrustDesk {
  /** A code that brings in one box of a store, once. */
  newCode(given: { store: string; minutes: number; by: string }): Promise<{ code: string; expiresAt: string }>
  boxes(): Promise<BoxCertificate[]>
  /** Ends what a certificate, or all of a store's, may do, and the sessions that are open; gives the serials. */
  revoke(given: { store: string; serial?: string | undefined; reason: string }): Promise<string[]>
}

export interface TrustOptions {
  folder: string
  club: string
  /** By which boxes know the club. */
  names: readonly string[]
  isStore(store: string): boolean
  /** Of a broker that is not the club's own: its certificate and the list of revoked ones are kept there. */
  brokerFolder?: string | undefined
  runtime: Runtime
  log: Logger
}

export type Trust = Awaited<ReturnType<typeof openTrust>>

/** The club's authority at work: its own certificate, those of its boxes, and what head office asks about them. */
export async function openTrust({ folder, club, names, isStore, brokerFolder, runtime, log }: TrustOptions) {
  const certified = readAuthority(folder)
  const authority = await openAuthority(certified)
  const issuer = new X509Certificate(authority.certificate)
  const register = openRegister(trustFiles(folder).register)
  let server = await currentServer({ folder, names, authority, now: runtime.now() })
  let ticketKeys = currentTicketKeys(folder, runtime.now())
  let onServer = (_: CertifiedKey) => {}
  let onRevoked = (_: { serials: readonly string[]; store: string }) => {}
  let cancel: Cancel = () => {}
  const tellBroker = async () => {
    if (brokerFolder === undefined) return
    const certificates = register.certificates()
    await refreshBrokerFolder({ folder: brokerFolder, authority, server, certificates, now: runtime.now() })
  }
  await tellBroker().catch((error: unknown) => {
    register.close()
    throw error
  })
  const renewLater = () => {
    cancel = runtime.after(checkMs, () => {
      currentServer({ folder, names, authority, now: runtime.now() })
        .then(async (current) => {
          const tickets = currentTicketKeys(folder, runtime.now())
          const isNew = current.certificate !== server.certificate
          if (!isNew && tickets.equals(ticketKeys)) return
          server = current
          ticketKeys = tickets
          onServer(current)
          if (!isNew) return
          await tellBroker()
          log.info('the club’s own certificate was made anew')
        })
        .catch((error: unknown) => log.error({ error }, 'the club’s own certificate could not be made anew'))
        .finally(renewLater)
    })
  }
  renewLater()

  const desk: TrustDesk = {
    async newCode({ store, minutes, by }) {
      if (!isStore(store))
        throw new VafaError({
          key: 'store.unknown',
          message: `the club has no store “${store}”`,
          hint: 'add it to `stores` in club.yaml and start the club again',
        })
      const now = runtime.now()
      const expiresAt = new Date(now + minutes * 60_000).toISOString()
      const secret = register.newCode({ store, by, at: new Date(now).toISOString(), expiresAt })
      log.info({ store, by, expiresAt }, 'an enrolment code was made')
      return { code: writeCode({ secret, pin: pinOf(issuer.publicKey) }), expiresAt }
    },
    boxes: async () => register.certificates(),
    async revoke({ store, serial, reason }) {
      const at = new Date(runtime.now()).toISOString()
      if (serial !== undefined && register.find(serial)?.store !== store)
        throw new VafaError({
          key: 'box.unknown',
          message: `${store} has no certificate ${serial}`,
          hint: '`vafa club box list` names them',
        })
      const serials = register.revoke(serial === undefined ? { store } : { serial }, { at, reason })
      log.warn({ store, serials, reason }, 'certificates were revoked')
      try {
        await tellBroker()
      } finally {
        onRevoked({ serials, store })
      }
      return serials
    },
  }

  return {
    authority,
    register,
    desk,
    /** The club's own certificate as it is now. */
    server: () => server,
    /** What its broker seals session tickets with. */
    ticketKeys: () => ticketKeys,
    /**
     * Whose certificate this is, that TLS found to be the authority's: undefined for one that is no box's, that ran out or
     * was revoked. A session that is resumed brings its certificate along unchecked: here it is looked at each time.
     */
    boxOf(certificate: X509Certificate): { store: string; serial: string } | undefined {
      const store = urisOf(certificate)
        .map((uri) => storeOfUri(club, uri))
        .find((one) => one !== undefined)
      const serial = serialOf(certificate)
      const known = register.find(serial)
      if (store === undefined || known?.store !== store || known.revokedAt !== undefined) return undefined
      return holdsBetween(certificate).until > runtime.now() ? { store, serial } : undefined
    },
    onServer(listener: typeof onServer): void {
      onServer = listener
    },
    onRevoked(listener: typeof onRevoked): void {
      onRevoked = listener
    },
    close(): void {
      cancel()
      register.close()
    },
  }
}

/** The server's certificate, made anew where it runs out soon, is for other names, or another authority's. */
async function currentServer(given: {
  folder: string
  names: readonly string[]
  authority: Authority
  now: number
}): Promise<CertifiedKey> {
  const { folder, names, authority, now } = given
  const known = readServer(folder)
  if (known) {
    const certificate = new X509Certificate(known.certificate)
    const holds = holdsBetween(certificate).until - serverRenewMs > now
    const named = names.every((name) => certificate.checkHost(name) !== undefined || certificate.checkIP(name) !== undefined)
    if (holds && named && isSignedBy(certificate, new X509Certificate(authority.certificate))) return known
  }
  const made = await authority.certifyServer({ names, now })
  writeServer(folder, made)
  return made
}
