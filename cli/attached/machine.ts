import { opendirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

/** The trees in which Linux shows what is plugged in and who has it; others in tests. */
export interface Machine {
  dev: string
  sys: string
  proc: string
  run: string
}

export const thisMachine: Machine = { dev: '/dev', sys: '/sys', proc: '/proc', run: '/run' }

/** A path as a configuration has it (`/dev/…`) on that machine. */
export const onMachine = (machine: Machine, path: string): string =>
  path === '/dev' || path.startsWith('/dev/') ? join(machine.dev, path.slice('/dev'.length)) : path

/** And back, as a configuration is to have it. */
export const asConfigured = (machine: Machine, path: string): string =>
  path.startsWith(`${machine.dev}/`) ? join('/dev', path.slice(machine.dev.length)) : path

/** Names in a folder, sorted; none where there is no such folder, or nobody may look. */
export function namesIn(folder: string): string[] {
  const names: string[] = []
  try {
    // Not `readdirSync`: its scandir(3) does not see the devices that umockdev shows.
    const opened = opendirSync(folder)
    for (let entry = opened.readSync(); entry; entry = opened.readSync()) names.push(entry.name)
    opened.closeSync()
  } catch {
    // None, or as many as could be read.
  }
  return names.sort()
}

/** A short file's text without its outer blanks; undefined where there is none. */
export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replaceAll('\0', '').trim()
  } catch {
    return undefined
  }
}

export function bytesOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

/** Where links end; undefined where they end nowhere. */
export function realPathOf(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined
  }
}

export function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
