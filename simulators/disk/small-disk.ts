import { execFileSync } from 'node:child_process'
import { closeSync, constants, existsSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf, VafaError } from '#runtime/errors.ts'

/** A file system of its own and of a fixed size, whose space is taken and given back by whoever tries what fills it. */
export interface SmallDisk {
  /** Free bytes, as a process of any user sees them. */
  free(): number
  /** Takes all space but so many bytes; what is written after that gets ENOSPC. */
  fill(leave?: number): void
  /** Gives back what `fill` has taken. */
  empty(): void
  /** Writes get EROFS, as after an error of the disk's own (`errors=remount-ro`), though files are open for writing. */
  readOnly(): void
  writable(): void
  close(): void
}

const page = 4_096
const ballast = '.ballast'

/**
 * Mounts a tmpfs of `bytes` on a folder, which is made where it is not there. Only root may: throws `sim.no-mount`
 * elsewhere. What lay in the folder is hidden until `close`.
 */
export function mountSmallDisk(folder: string, { bytes }: { bytes: number }): SmallDisk {
  mkdirSync(folder, { recursive: true })
  run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0700`, 'tmpfs', folder])
  const file = join(folder, ballast)
  const free = () => {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  }
  return {
    free,
    fill(leave = 0) {
      const descriptor = openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND)
      const bytes = Buffer.alloc(page)
      try {
        while (free() >= leave + page) writeSync(descriptor, bytes)
      } finally {
        closeSync(descriptor)
      }
    },
    empty() {
      if (existsSync(file)) rmSync(file)
    },
    // Of this mount only, and also where files are open for writing: a plain remount refuses that as busy.
    readOnly: () => run('mount', ['-o', 'remount,ro', folder]),
    writable: () => run('mount', ['-o', 'remount,rw', folder]),
    close: () => run('umount', ['--lazy', folder]),
  }
}

function run(command: string, args: readonly string[]): void {
  try {
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (cause) {
    throw new VafaError({
      key: 'sim.no-mount',
      message: `cannot ${command} ${args.at(-1)}: ${messageOf(cause)}`,
      hint: 'only root may mount: run it as root (in a container with CAP_SYS_ADMIN)',
      cause,
    })
  }
}
