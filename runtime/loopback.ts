import { isIPv4 } from 'node:net'

/** Whether a host, as a configuration names it, is this machine alone. A name such as `127.example.org` is not. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))
