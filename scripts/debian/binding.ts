import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Architecture, architectures, NotPackaged } from './entry.ts'

/**
 * Compiles the PC/SC binding for the Node of an architecture, on whichever machine this is; returns the file.
 * The flags are those of its own binding.gyp and of Node's; no path of this machine gets into it.
 * @param node the folder of node-linux-…, for its headers
 */
export function compileBinding(options: { root: string; node: string; architecture: Architecture; work: string }): string {
  const { compiler, compilerPackage } = architectures[options.architecture]
  const modules = join(options.root, 'node_modules')
  const sources = join(modules, '@pokusew/pcsclite/src')
  if (!existsSync('/usr/include/PCSC/winscard.h'))
    throw new NotPackaged('/usr/include/PCSC/winscard.h is missing: apt-get install -y libpcsclite-dev')
  const run = (args: string[]) => {
    const { error, status, stderr } = spawnSync(compiler, args, { encoding: 'utf8' })
    if (error) throw new NotPackaged(`${compiler} is missing: apt-get install -y ${compilerPackage}`)
    if (status !== 0) throw new NotPackaged(`${compiler} failed:\n${stderr.trimEnd().split('\n').slice(-20).join('\n')}`)
  }
  // The machine's own libpcsclite is of its own architecture: what is linked is only the name to ask for at run time.
  const library = join(options.work, 'libpcsclite.so')
  run(['-shared', '-nostdlib', '-Wl,-soname,libpcsclite.so.1', '-x', 'c', '/dev/null', '-o', library])
  const file = join(options.work, 'pcsclite.node')
  run([
    ...['-shared', '-fPIC', '-std=gnu++20', '-O2', '-s', '-w', '-fno-strict-aliasing', '-fno-exceptions', '-fno-rtti'],
    ...['-DNODE_GYP_MODULE_NAME=pcsclite', '-DBUILDING_NODE_EXTENSION', `-ffile-prefix-map=${options.root}=.`],
    // Nothing but the folders named here: another Node's headers may lie in the machine's own.
    ...[`-I${join(options.node, 'include/node')}`, `-I${join(modules, 'nan')}`, '-I/usr/include/PCSC'],
    ...['addon.cpp', 'pcsclite.cpp', 'cardreader.cpp'].map((name) => join(sources, name)),
    ...['-Wl,--no-as-needed', library, '-Wl,--build-id=none', '-o', file],
  ])
  return file
}
