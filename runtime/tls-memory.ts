import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls'

/** A client's certificate and key, and who must have signed the server's; PEM. */
export interface CertificateLogin {
  certificate: string
  privateKey: string
  authority: string
}

/**
 * What one end keeps of TLS between its connections to one server: the parsed certificates, and the server's last session
 * ticket, with which the next handshake costs both sides half. A ticket speaks for the certificate that it was given for, so
 * it goes with it; it is never on a disk.
 */
export function createTlsMemory() {
  let known: { login: CertificateLogin; secureContext: SecureContext; session?: Buffer } | undefined
  return {
    /** For `tls.connect`. */
    optionsFor(login: CertificateLogin): { secureContext: SecureContext; session?: Buffer } {
      if (!known || !isSame(known.login, login)) known = { login, secureContext: contextOf(login) }
      const { secureContext, session } = known
      return { secureContext, ...(session ? { session } : {}) }
    },
    /** Keeps the tickets that come over this connection, which was made with the last `optionsFor`. */
    learnFrom(stream: unknown): void {
      const at = known
      if (at && stream instanceof TLSSocket)
        stream.on('session', (session) => {
          at.session = session
        })
    },
    /** The server would have none of it: the next handshake is a whole one. */
    forget(): void {
      delete known?.session
    },
  }
}

const isSame = (a: CertificateLogin, b: CertificateLogin): boolean =>
  a.certificate === b.certificate && a.privateKey === b.privateKey && a.authority === b.authority

const contextOf = ({ certificate, privateKey, authority }: CertificateLogin): SecureContext =>
  createSecureContext({ cert: certificate, key: privateKey, ca: authority, minVersion: 'TLSv1.3' })
