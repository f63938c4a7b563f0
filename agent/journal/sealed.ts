import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { VafaError } from '#runtime/errors.ts'

/** AES-256-GCM: what a customer showed rests in the journal under the terminal's own key, until it is answered. */
export interface JournalKey {
  seal(text: string): Buffer
  /** Undefined where it was sealed under another key, or is damaged. */
  open(sealed: Uint8Array): string | undefined
}

const [nonceLength, tagLength] = [12, 16]

/** The key beside the journal; made at the first start, for its owner alone. */
export function openJournalKey(file: string): JournalKey {
  if (!existsSync(file)) {
    const descriptor = openSync(file, 'wx', 0o600)
    writeFileSync(descriptor, `${randomBytes(32).toString('hex')}\n`)
    fsyncSync(descriptor)
    closeSync(descriptor)
  }
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex')
  if (key.length !== 32)
    throw new VafaError({
      key: 'secret.invalid',
      message: `${file} holds no key`,
      hint: 'bring it back from where it went; without it what customers showed while the line was down is lost, and nothing else',
    })
  return {
    seal(text) {
      const nonce = randomBytes(nonceLength)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    },
    open(sealed) {
      const bytes = Buffer.from(sealed)
      if (bytes.length < nonceLength + tagLength) return undefined
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceLength))
      decipher.setAuthTag(bytes.subarray(-tagLength))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(nonceLength, -tagLength)), decipher.final()]).toString('utf8')
      } catch {
        return undefined
      }
    },
  }
}
