import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readSync } from 'node:fs'
import { type Architecture, architectures, NotPackaged } from './entry.ts'

/** Debian's package of each shared library that something of ours asks for. */
const packageOf: Record<string, string> = {
  'libc.so.6': 'libc6',
  'libdl.so.2': 'libc6',
  'libm.so.6': 'libc6',
  'libpthread.so.0': 'libc6',
  'librt.so.1': 'libc6',
  'ld-linux-x86-64.so.2': 'libc6',
  'ld-linux-aarch64.so.1': 'libc6',
  'libstdc++.so.6': 'libstdc++6',
  'libgcc_s.so.1': 'libgcc-s1',
  'libudev.so.1': 'libudev1',
  'libusb-1.0.so.0': 'libusb-1.0-0',
  'libpcsclite.so.1': 'libpcsclite1',
}

/** The release of GCC whose libstdc++ first had a version of symbols. */
const gccOf: Record<string, string> = {
  '3.4.26': '9',
  '3.4.27': '9',
  '3.4.28': '9.3',
  '3.4.29': '11',
  '3.4.30': '12',
  '3.4.31': '13',
  '3.4.32': '13.2',
}

/** The ELF machine of a file, or undefined where it is not ELF. */
export function machineOf(file: string): number | undefined {
  const head = Buffer.alloc(20)
  const descriptor = openSync(file, 'r')
  const read = readSync(descriptor, head, 0, 20, 0)
  closeSync(descriptor)
  return read === 20 && head.readUInt32BE(0) === 0x7f454c46 ? head.readUInt16LE(18) : undefined
}

/**
 * The `Depends` that these programs and libraries need, with the lowest versions that have their symbols.
 * Throws where one is for another machine, or asks for a library that nobody has looked at.
 */
export function dependenciesOf(files: readonly string[], architecture: Architecture): string[] {
  const needed = new Set<string>()
  let glibc = '0'
  let libstdcxx = '0'
  for (const file of files) {
    if (machineOf(file) !== architectures[architecture].machine) throw new NotPackaged(`${file} is not for ${architecture}`)
    const told = execFileSync('readelf', ['-W', '-d', '-V', file], { encoding: 'utf8', maxBuffer: 64e6 })
    for (const [, name = ''] of told.matchAll(/\(NEEDED\).*\[(.+)\]/g)) {
      const home = packageOf[name]
      if (home === undefined) throw new NotPackaged(`${file} asks for ${name}: name its Debian package in libraries.ts`)
      needed.add(home)
    }
    for (const [, version = ''] of told.matchAll(/Name: GLIBC_([\d.]+)/g)) glibc = higher(glibc, version)
    for (const [, version = ''] of told.matchAll(/Name: GLIBCXX_([\d.]+)/g)) libstdcxx = higher(libstdcxx, version)
  }
  return [...needed].sort().map((name) => {
    if (name === 'libc6') return `libc6 (>= ${glibc})`
    if (name !== 'libstdc++6' || higher(libstdcxx, '3.4.25') === '3.4.25') return name
    const gcc = gccOf[libstdcxx]
    if (gcc === undefined) throw new NotPackaged(`GLIBCXX_${libstdcxx} is of a GCC that libraries.ts does not know`)
    return `libstdc++6 (>= ${gcc})`
  })
}

function higher(one: string, other: string): string {
  const [a, b] = [one, other].map((version) => version.split('.').map(Number)) as [number[], number[]]
  for (let place = 0; place < Math.max(a.length, b.length); place += 1) {
    const difference = (a[place] ?? 0) - (b[place] ?? 0)
    if (difference !== 0) return difference > 0 ? one : other
  }
  return one
}
