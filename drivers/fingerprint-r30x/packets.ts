/**
 * Packets of the R30x/ZFM-20 family, both ways:
 * `EF 01 | address(4) | kind(1) | length(2) | payload | checksum(2)`, big-endian; length = payload + 2, checksum = kind
 * and both bytes of the length and the payload, added up, mod 65536.
 */
export interface Packet {
  address: number
  kind: PacketKind
  payload: Buffer
}

/** `data` and `data-end` carry images and templates: they are known so that they can be dropped, and never asked for. */
export type PacketKind = 'command' | 'data' | 'acknowledge' | 'data-end'

export type PacketResult =
  | { kind: 'packet'; packet: Packet }
  /** A whole packet whose checksum does not fit: it was damaged on the line. */
  | { kind: 'damaged' }
  /** Bytes that belong to no packet. */
  | { kind: 'garbage'; bytes: number }

export interface PacketDecoder {
  decode(bytes: Uint8Array): PacketResult[]
  /** Forgets half a packet. */
  reset(): void
}

const kinds: Readonly<Record<PacketKind, number>> = { command: 0x01, data: 0x02, acknowledge: 0x07, 'data-end': 0x08 }
const kindOf = new Map(Object.entries(kinds).map(([kind, byte]) => [byte, kind as PacketKind]))

const headBytes = 9
/** The longest payload that a module sends: a packet of data of 256 bytes. */
export const maxPayload = 256

export function encodePacket({ address, kind, payload }: { address: number; kind: PacketKind; payload: Uint8Array }): Buffer {
  const bytes = Buffer.alloc(headBytes + payload.length + 2)
  bytes.writeUInt16BE(0xef01, 0)
  bytes.writeUInt32BE(address, 2)
  bytes[6] = kinds[kind]
  bytes.writeUInt16BE(payload.length + 2, 7)
  bytes.set(payload, headBytes)
  bytes.writeUInt16BE(checksum(bytes.subarray(6, headBytes + payload.length)), headBytes + payload.length)
  return bytes
}

function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (const byte of bytes) sum += byte
  return sum & 0xffff
}

/**
 * Cuts what comes into packets, in whatever pieces it comes. After bytes that cannot be a packet it looks for the next
 * start one byte further on, so that one lost byte costs one packet.
 */
export function createPacketDecoder(): PacketDecoder {
  let pending = Buffer.alloc(0)

  return {
    reset() {
      pending = Buffer.alloc(0)
    },
    decode(bytes) {
      pending = pending.length === 0 ? Buffer.from(bytes) : Buffer.concat([pending, bytes])
      const results: PacketResult[] = []
      const drop = (count: number) => {
        pending = pending.subarray(count)
        const last = results.at(-1)
        if (last?.kind === 'garbage') last.bytes += count
        else results.push({ kind: 'garbage', bytes: count })
      }
      while (pending.length > 0) {
        const start = pending.indexOf(0xef)
        if (start !== 0) {
          drop(start < 0 ? pending.length : start)
          continue
        }
        if (pending.length >= 2 && pending[1] !== 0x01) {
          drop(1)
          continue
        }
        if (pending.length < headBytes) break
        const kind = kindOf.get(pending.readUInt8(6))
        const length = pending.readUInt16BE(7)
        if (kind === undefined || length < 3 || length > maxPayload + 2) {
          drop(1)
          continue
        }
        if (pending.length < headBytes + length) break
        const end = headBytes + length - 2
        if (pending.readUInt16BE(end) !== checksum(pending.subarray(6, end))) {
          results.push({ kind: 'damaged' })
          drop(1)
          continue
        }
        const payload = Buffer.from(pending.subarray(headBytes, end))
        results.push({ kind: 'packet', packet: { address: pending.readUInt32BE(2), kind, payload } })
        pending = pending.subarray(end + 2)
      }
      return results
    },
  }
}
