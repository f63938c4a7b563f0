import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, rmSync, statfsSync, statSync, truncateSync, writeFileSync } from 'node:fs'
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
  /**
   * As ext4 does at a fault of the medium: from now on each write gets EROFS, also by files that are open. Only of an
   * `image`.
   */
  fail(): void
  /** Checks it and mounts it anew after `fail`, with all that was synced; nobody may have a file open on it. */
  repair(): void
  close(): void
}

const ballast = '.ballast'

/**
 * Mounts a file system of `bytes` on a folder, which is made where it is not there: in memory, or with `image` in that
 * sparse file on the disk (ext4, on a loop device), where `bytes` may be more than the machine has memory. Only root may:
 * throws `sim.no-mount` elsewhere. What lay in the folder is hidden until `close`.
 */
export function mountSmallDisk(folder: string, { bytes, image }: { bytes: number; image?: string }): SmallDisk {
  mkdirSync(folder, { recursive: true })
  if (image === undefined) run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0700`, 'tmpfs', folder])
  else {
    writeFileSync(image, '')
    truncateSync(image, bytes)
    run('mkfs.ext4', ['-q', '-F', '-m', '0', image])
    mountImage(image, folder)
  }
  const file = join(folder, ballast)
  const free = () => {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  }
  return {
    free,
    fill(leave = 0) {
      // Whole at once where it can be, then what a file system keeps for its own lists, a block at a time.
      const { bsize } = statfsSync(folder)
      for (let part = free() - leave; part >= bsize; part = Math.min(Math.floor(part / 2), free() - leave)) grow(file, part)
    },
    empty() {
      if (existsSync(file)) rmSync(file)
    },
    fail: () => run('mount', ['-o', 'remount,abort', folder]),
    repair() {
      run('umount', [folder])
      // A copy: a process with mounts of its own may still have the old one, which the kernel would give back as it is.
      const whole = `${image}.whole`
      copyFileSync(image ?? '', whole)
      check(whole)
      mountImage(whole, folder)
    },
    close: () => run('umount', ['--lazy', folder]),
  }
}

/** A file system that was given up half-way is mended first: else ext4 gives it up again at the first thing that does not fit. */
function check(image: string): void {
  const { status, stdout } = spawnSync('e2fsck', ['-f', '-y', image], { encoding: 'utf8' })
  // 1: it found something, and mended it.
  if (status !== 0 && status !== 1) throw new VafaError({ key: 'sim.no-mount', message: `cannot mend ${image}: ${stdout}` })
}

const mountImage = (image: string, folder: string) => run('mount', ['-o', 'loop', image, folder])

/** Makes a file longer by so many bytes that are really taken, as far as there is room. */
function grow(file: string, bytes: number): void {
  const size = existsSync(file) ? statSync(file).size : 0
  spawnSync('fallocate', ['-o', String(size), '-l', String(bytes), file], { stdio: 'ignore' })
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
