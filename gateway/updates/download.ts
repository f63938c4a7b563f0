import { createHash } from 'node:crypto'
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { BoxIdentity } from '../identity/identity.ts'
import { packageFile } from './places.ts'

/** What stays free beside a download: the outbox needs room too. */
const spareBytes = 200_000_000
/** A connection that brings nothing for so long is given up. */
const stallMs = 30_000

export interface Download {
  /** The club's enrolment port, where packages are too. */
  url: URL
  identity: BoxIdentity
  folder: string
  sha256: string
  size: number
  signal: AbortSignal
}

/**
 * Brings a package from the club into `folder`, over TLS 1.3 with the box's certificate. What came before is not asked
 * for again, and no more than `size` is taken. Resolves when it is on the disk and has the hash; rejects with a
 * `VafaError` otherwise (`update.download`: it may be tried again).
 */
export async function downloadPackage({ url, identity, folder, sha256, size, signal }: Download): Promise<void> {
  const whole = packageFile(folder, sha256)
  const part = `${whole}.part`
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  forgetOthers(folder, sha256)
  if (existsSync(whole) && statSync(whole).size === size) return
  const have = existsSync(part) ? statSync(part).size : 0
  if (have < size) {
    const { bavail, bsize } = statfsSync(folder)
    if (bavail * bsize < size - have + spareBytes)
      throw new VafaError({
        key: 'update.disk',
        message: `the disk has ${Math.floor((bavail * bsize) / 1e6)} MB free: too little for an update of ${Math.ceil(size / 1e6)} MB`,
        hint: 'make room (`journalctl --vacuum-size=100M`)',
        permanent: false,
      })
    const file = openSync(part, 'a', 0o600)
    try {
      await fetchInto(file, { url: new URL(`/v1/updates/${sha256}`, url), identity, from: have, size, signal })
      fsyncSync(file)
    } catch (error) {
      throw new VafaError({
        key: 'update.download',
        message: `the package could not be brought from ${url.host}: ${messageOf(error)}`,
        permanent: false,
        cause: error,
      })
    } finally {
      closeSync(file)
    }
  }
  if ((await hashOf(part)) !== sha256) {
    rmSync(part)
    throw new VafaError({
      key: 'update.damaged',
      message: 'what came is not the package that head office signed; it is fetched anew',
      permanent: false,
    })
  }
  renameSync(part, whole)
}

function fetchInto(
  file: number,
  { url, identity, from, size, signal }: { url: URL; identity: BoxIdentity; from: number; size: number; signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        minVersion: 'TLSv1.3',
        agent: false,
        timeout: stallMs,
        ca: identity.authority,
        cert: identity.certificate,
        key: identity.privateKey,
        headers: from > 0 ? { range: `bytes=${from}-` } : {},
        signal,
      },
      (response) => {
        if (response.statusCode !== (from > 0 ? 206 : 200)) {
          asked.destroy(new Error(`it answered with status ${response.statusCode}`))
          return
        }
        let bytes = from
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes > size) return void asked.destroy(new Error('it is longer than what was signed'))
          try {
            writeSync(file, chunk)
          } catch (error) {
            asked.destroy(error as Error)
          }
        })
        response.on('end', () => (bytes === size ? resolve() : reject(new Error(`it ended after ${bytes} of ${size} bytes`))))
        response.on('error', reject)
      },
    )
    asked.on('timeout', () => asked.destroy(new Error(`nothing came for ${stallMs / 1_000} s`)))
    asked.on('error', reject)
    asked.end()
  })
}

/** One update at a time is kept. */
function forgetOthers(folder: string, sha256: string): void {
  for (const name of readdirSync(folder))
    if (/\.deb(?:\.part)?$/.test(name) && !name.startsWith(sha256)) rmSync(join(folder, name))
}

export async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
