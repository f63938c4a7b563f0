import { createHash } from 'node:crypto'
import { closeSync, constants, fsyncSync, mkdirSync, openSync, readSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { UpdateStatus } from '#protocol/update.ts'
import { writeDurably } from '#runtime/durable-file.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import { jsonIn, judgeUpdate } from '../judge.ts'
import { installRequest, packageFile, readOutcome, readPlain, readUpdateKeys, requestFile } from '../places.ts'
import { lastWords, type PackageTool } from './packages.ts'

export interface Installer {
  /** The gateway's folder: what it asks for, and the package. Nothing in it is trusted. */
  folder: string
  keysFile: string
  /** Its own folder, which nobody else may write. */
  work: string
  packages: PackageTool
  /** What is wrong with the running gateway of this version; its devices that `worked` before must work. */
  troubles(expected: { version: string; worked: readonly string[] }): Promise<readonly string[]>
  /** Devices that work now. */
  working(): Promise<readonly string[]>
  runtime: Runtime
  log: Logger
}

const lookMs = 1_000
const spareBytes = 200_000_000

/**
 * Does what the box asks for, once: checks the signature and the package by itself, keeps what is installed, installs,
 * waits until the new version has proved itself, and else puts back what was there. It may be killed at any instant and
 * started again: it then goes on. Resolves with what became of it; undefined where nothing was asked for.
 */
export async function installUpdate(given: Installer): Promise<UpdateStatus | undefined> {
  const { folder, work, packages, log } = given
  const text = readPlain(requestFile(folder))
  if (text === undefined) return undefined
  mkdirSync(work, { recursive: true, mode: 0o755 })
  const outcomeFile = join(work, 'outcome.json')
  const former = join(work, 'former.deb')
  const fresh = join(work, 'fresh.deb')
  const begun = readOutcome(outcomeFile)
  const request = installRequest.safeParse(jsonIn(text))
  const [version, architecture] = [await packages.installed(), await packages.architecture()]
  const verdict = judgeUpdate(request.data?.signed, {
    ...{ keys: readUpdateKeys(given.keysFile), architecture, now: given.runtime.now() },
    // Half installed, it is whatever it was to become.
    version: begun?.status === 'installing' ? begun.from : (version ?? '0.0.0'),
  })
  if (!('take' in verdict)) {
    log.warn({ verdict }, 'what the box asks for is not installed')
    rmSync(requestFile(folder), { force: true })
    return 'refused'
  }
  const { take: manifest, package: found } = verdict
  const resumed = begun?.id === manifest.id && begun.status === 'installing'
  const from = resumed ? begun.from : (version ?? '0.0.0')
  const say = (status: UpdateStatus, reason?: string): UpdateStatus => {
    const at = new Date(given.runtime.now()).toISOString()
    const outcome = {
      id: manifest.id,
      version: manifest.version,
      from,
      status,
      at,
      ...(reason === undefined ? {} : { reason: reason.slice(0, 2_000) }),
    }
    writeDurably(outcomeFile, `${JSON.stringify(outcome)}\n`, 0o644)
    log.info(outcome, 'update')
    return status
  }
  const finish = (status: UpdateStatus, reason?: string): UpdateStatus => {
    for (const file of [requestFile(folder), fresh, former]) rmSync(file, { force: true })
    return say(status, reason)
  }

  const worked = resumed ? [] : await given.working()
  try {
    if (!resumed) {
      await makeSureOfRoom(given, found.size)
      takePackage(packageFile(folder, found.sha256), { to: fresh, ...found })
      const said = await packages.describe(fresh)
      if (said.name !== 'vafa' || said.version !== manifest.version || said.architecture !== found.architecture)
        throw new VafaError({
          key: 'update.other',
          message: `the package is ${said.name} ${said.version} for ${said.architecture}`,
        })
      await packages.pack(former)
    }
  } catch (error) {
    return finish('failed', error instanceof VafaError ? error.message : lastWords(error))
  }
  say('installing')
  let reasons: readonly string[]
  try {
    if ((await packages.installed()) !== manifest.version) await packages.install(fresh)
    reasons = await proved(given, { version: manifest.version, worked, seconds: manifest.healthyseconds })
  } catch (error) {
    reasons = [lastWords(error)]
  }
  if (reasons.length === 0) return finish('done')
  log.error({ reasons }, 'the update does not work; what was there is put back')
  try {
    await packages.install(former)
    const still = await proved(given, { version: from, worked, seconds: manifest.healthyseconds })
    if (still.length === 0) return finish('rolled-back', reasons.join('; '))
    return finish('failed', `${reasons.join('; ')}; after going back: ${still.join('; ')}`)
  } catch (error) {
    return finish('failed', `${reasons.join('; ')}; it could not be put back: ${lastWords(error)}`)
  }
}

/** What is packed again lies there twice for a while, beside what dpkg unpacks; a box whose disk is full sells nothing. */
async function makeSureOfRoom({ work, packages }: Installer, packageSize: number): Promise<void> {
  const { bavail, bsize } = statfsSync(work)
  const wanted = 3 * (await packages.size()) + packageSize + spareBytes
  if (bavail * bsize < wanted)
    throw new VafaError({
      key: 'update.disk',
      message: `the disk has ${Math.floor((bavail * bsize) / 1e6)} MB free, and an update takes ${Math.ceil(wanted / 1e6)} MB while it is installed`,
    })
}

/** Resolves with nothing once it has been healthy at two looks, with what is wrong where it was not in time. */
async function proved(
  { troubles, runtime }: Installer,
  { seconds, ...expected }: { version: string; worked: readonly string[]; seconds: number },
): Promise<readonly string[]> {
  const until = runtime.monotonic() + seconds * 1_000
  let clean = 0
  for (;;) {
    const wrong = await troubles(expected).catch((error: unknown) => [messageOf(error)])
    clean = wrong.length === 0 ? clean + 1 : 0
    if (clean === 2) return []
    if (wrong.length > 0 && runtime.monotonic() >= until) return wrong
    // The runtime's own timers keep no process alive.
    await setTimeout(lookMs)
  }
}

/**
 * Copies the package to where the box cannot write it, and checks the copy: what was checked is what is installed. No
 * link is followed, and no more is read than was signed.
 */
function takePackage(path: string, { to, sha256, size }: { to: string; sha256: string; size: number }): void {
  const from = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  const copy = openSync(to, 'w', 0o600)
  const hash = createHash('sha256')
  try {
    const chunk = Buffer.alloc(1_048_576)
    let bytes = 0
    for (;;) {
      const read = readSync(from, chunk, 0, chunk.length, null)
      if (read === 0) break
      bytes += read
      if (bytes > size) break
      hash.update(chunk.subarray(0, read))
      writeSync(copy, chunk, 0, read)
    }
    fsyncSync(copy)
    if (bytes !== size || hash.digest('hex') !== sha256)
      throw new VafaError({ key: 'update.damaged', message: 'the package is not the one that head office signed' })
  } finally {
    closeSync(from)
    closeSync(copy)
  }
}
