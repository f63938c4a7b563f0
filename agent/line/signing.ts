import { createDecipheriv, createSecretKey } from 'node:crypto'
import { readMacKey } from '#drivers/pos-iso8583/terminals.ts'
import { type Decoded, decodeMessage, encodeMessage } from '#protocol/iso8583/codec.ts'
import { type MacKey, macHolds } from '#protocol/iso8583/mac.ts'
import type { Dialect, IsoMessage } from '#protocol/iso8583/message.ts'
import { readPrivateData, tagValue } from '#protocol/iso8583/private-data.ts'
import { pathBeside } from '#runtime/config.ts'
import type { AgentConfig } from '../config.ts'

/** Messages as bytes and back, signed where the terminal has a key. */
export interface Signing {
  encode(message: IsoMessage): Buffer
  /** Undefined for what is no message, or not the box's. */
  decode(bytes: Buffer): IsoMessage | undefined
  /** Takes the key that the box's answer to 0800/161 brings; false where there is none in it. */
  takeKey(answer: IsoMessage): boolean
}

export function createSigning({ gateway, configFile }: { gateway: AgentConfig['gateway']; configFile: string }): Signing {
  const dialect: Dialect = gateway.bitmap ?? (gateway.serial ? 'hex' : 'binary')
  const own = gateway.mac && readMacKey(gateway.mac, pathBeside(configFile, gateway.mac.keyFile))
  let session: MacKey | undefined
  const signed = (bytes: Buffer, { mac }: Extract<Decoded, { ok: true }>): boolean =>
    mac !== undefined &&
    [session, own].some((key) => key !== undefined && macHolds(bytes.subarray(0, mac.covers), mac.value, key))
  return {
    encode(message) {
      const key = message.fields[70] === '161' ? own : (session ?? own)
      return encodeMessage(message, { dialect, ...(key ? { mac: key } : {}) })
    },
    decode(bytes) {
      const decoded = decodeMessage(bytes, { dialect, clubPrefixes: [] })
      if (!decoded.ok) return undefined
      // A box that has lost the exchanged key can sign nothing that it sends with it: 63 is believed as it is.
      if (own && decoded.message.fields[39] !== '63' && !signed(bytes, decoded)) return undefined
      return decoded.message
    },
    takeKey(answer) {
      const wrapped = tagValue(readPrivateData(answer.fields[48]) ?? [], 'KY')
      if (!own || !wrapped || answer.fields[39] !== '00') return false
      try {
        session = { algorithm: own.algorithm, key: unwrapKey(wrapped, own) }
        return true
      } catch {
        return false
      }
    },
  }
}

/** RFC 3394; throws where it was not wrapped by this key. */
function unwrapKey(wrapped: string, { key }: MacKey): Buffer {
  const unwrap = createDecipheriv(`id-aes${key.length * 8}-wrap`, createSecretKey(key), Buffer.alloc(8, 0xa6))
  return Buffer.concat([unwrap.update(Buffer.from(wrapped, 'hex')), unwrap.final()])
}
