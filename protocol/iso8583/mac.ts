import { createCipheriv, createDecipheriv, timingSafeEqual } from 'node:crypto'
import { cmac } from '@noble/ciphers/aes.js'

/**
 * `aes-cmac`: NIST SP 800-38B with a key of 16, 24 or 32 bytes, its first 8 bytes. `retail`: ISO/IEC 9797-1 MAC
 * algorithm 3 with padding method 1 and a double-length DES key of 16 bytes (ANSI X9.19), which older terminals have.
 */
export const macAlgorithms = ['aes-cmac', 'retail'] as const
export type MacAlgorithm = (typeof macAlgorithms)[number]

export interface MacKey {
  algorithm: MacAlgorithm
  key: Uint8Array
}

export const macLength = 8

/** The key's lengths in bytes that an algorithm takes. */
export const keyLengths: Readonly<Record<MacAlgorithm, readonly number[]>> = { 'aes-cmac': [16, 24, 32], retail: [16] }

/** Eight bytes over all bytes of the message that stand before the MAC's own field. */
export function macOf(bytes: Uint8Array, { algorithm, key }: MacKey): Buffer {
  return algorithm === 'aes-cmac' ? Buffer.from(cmac(bytes, key).subarray(0, macLength)) : retailMac(bytes, key)
}

/** Whether a MAC is the right one; takes as long for a wrong one. */
export function macHolds(bytes: Uint8Array, mac: Uint8Array, key: MacKey): boolean {
  const right = macOf(bytes, key)
  return mac.length === right.length && timingSafeEqual(right, mac)
}

/** Single DES as triple DES with three equal keys: OpenSSL 3 has no single DES any more. */
const tripled = (key: Uint8Array): Buffer => Buffer.concat([key, key, key])

function retailMac(bytes: Uint8Array, key: Uint8Array): Buffer {
  const [first, second] = [key.subarray(0, 8), key.subarray(8, 16)]
  const padded = Buffer.alloc(Math.max(8, Math.ceil(bytes.length / 8) * 8))
  padded.set(bytes)
  const chain = createCipheriv('des-ede3-cbc', tripled(first), Buffer.alloc(8)).setAutoPadding(false)
  const last = Buffer.concat([chain.update(padded), chain.final()]).subarray(-8)
  const back = createDecipheriv('des-ede3-ecb', tripled(second), null).setAutoPadding(false)
  const forth = createCipheriv('des-ede3-ecb', tripled(first), null).setAutoPadding(false)
  return forth.update(back.update(last))
}
