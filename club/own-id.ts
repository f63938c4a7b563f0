import { createHash } from 'node:crypto'

/** A UUID (version 8, RFC 9562) from what it stands for: the same always gets the same. */
export function ownId(...what: string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(what)).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
