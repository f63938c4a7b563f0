import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'

const known: Record<string, [key: string, what: string, hint: string]> = {
  EADDRINUSE: ['device.busy', 'another program listens there', 'end it (`ss -ltnp` names it) or give this till another port'],
  EADDRNOTAVAIL: ['device.absent', 'this machine does not have that address', 'check `host`; 127.0.0.1 is this machine itself'],
  ENOTFOUND: ['device.absent', 'this name has no address', 'check `host`; 127.0.0.1 is this machine itself'],
  EACCES: ['device.denied', 'this user may not listen there', 'take a port above 1023'],
}

/** Why a port for tills cannot be opened, and what to do. */
export function listenError(where: string, error: unknown): VafaError {
  const [key, what, hint] = known[codeOf(error) ?? ''] ?? ['device.unusable', messageOf(error), 'check `host` and `port`']
  return new VafaError({ key, message: `${where}: ${what}`, hint, permanent: false, cause: error })
}
